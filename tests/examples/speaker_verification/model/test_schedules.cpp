#include "speaker_verification/model/learning_rate_schedule.hpp"
#include "speaker_verification/model/margin_schedule.hpp"

#include "common/visited_json.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

using namespace speaker_verification;

namespace {
const auto nine_digits = boost::test_tools::tolerance(1e-9);
}

BOOST_AUTO_TEST_SUITE(schedules_suite)

BOOST_AUTO_TEST_CASE(golden_margin) {
    const margin_schedule margin{19000, 39000, .2};
    BOOST_TEST(margin(20000) == .0584108502, nine_digits);
    BOOST_TEST(margin(0) == 0);
    BOOST_TEST(margin(19000) == 0);
    BOOST_TEST(margin(39000) == .2);
    BOOST_TEST(margin(150000) == .2);
    for (int step = 18000; step < 40000; step += 500) BOOST_TEST(margin(step) <= margin(step + 500));
}

BOOST_AUTO_TEST_CASE(a_margin_without_ramp_jumps) {
    const margin_schedule margin{10, 10, .3};
    BOOST_TEST(margin(9) == 0);
    BOOST_TEST(margin(10) == .3);
    BOOST_CHECK_THROW((margin_schedule{10, 9, .3}.check()), std::invalid_argument);
    BOOST_CHECK_THROW((margin_schedule{-1, 9, .3}.check()), std::invalid_argument);
    BOOST_CHECK_THROW((margin_schedule{0, 9, 2}.check()), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(golden_rate) {
    const auto rate = make_learning_rate_schedule({"exponential", 2 * .1, 2 * 5e-5, 150000, 6000});
    BOOST_TEST(rate(1) == 3.3331644287e-05, nine_digits);
    BOOST_TEST(rate(6000) == .1475668463, nine_digits);
    BOOST_TEST(rate(150000) == 1e-4, nine_digits);
}

BOOST_AUTO_TEST_CASE(cosine_and_constant_rates) {
    const auto cosine = make_learning_rate_schedule({.schedule = "cosine", .rate = .01, .total_steps = 100});
    BOOST_TEST(cosine(0) == .01);
    BOOST_TEST(cosine(50) == .005, nine_digits);
    BOOST_TEST(cosine(100) == 0);
    BOOST_TEST(cosine(200) == 0);
    const auto constant = make_learning_rate_schedule({.schedule = "constant", .rate = .01, .warm_up_steps = 10});
    BOOST_TEST(constant(0) == 0);
    BOOST_TEST(constant(5) == .005, nine_digits);
    BOOST_TEST(constant(1000) == .01);
}

BOOST_AUTO_TEST_CASE(rate_settings_are_checked) {
    BOOST_CHECK_THROW(make_learning_rate_schedule({.schedule = "cosin"}), std::invalid_argument);
    BOOST_CHECK_THROW(make_learning_rate_schedule({.rate = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(make_learning_rate_schedule({.rate = std::numeric_limits<double>::quiet_NaN()}),
                      std::invalid_argument);
    BOOST_CHECK_THROW(make_learning_rate_schedule({.total_steps = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(make_learning_rate_schedule({.warm_up_steps = -1}), std::invalid_argument);
    reduce_on_plateau plateau;
    plateau.reduction = 1;
    BOOST_CHECK_THROW(plateau.check(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(plateau_waits_for_its_patience) {
    reduce_on_plateau plateau;
    BOOST_TEST(!plateau.observe(1));
    BOOST_TEST(!plateau.observe(1));
    BOOST_TEST(!plateau.observe(2));
    BOOST_TEST(plateau.observe(std::numeric_limits<double>::quiet_NaN()));
    BOOST_TEST(plateau.factor() == .25);
    BOOST_TEST(!plateau.observe(.5));
    BOOST_TEST(plateau.factor() == .25);
}

BOOST_AUTO_TEST_CASE(plateau_continues_from_its_state) {
    reduce_on_plateau one;
    for (const double loss : {3., 2., 2., 2.}) one.observe(loss);
    reduce_on_plateau other;
    const auto saved = nlohmann::json::parse(examples::json_of(one).dump());
    examples::read_json(saved, other, "plateau");
    BOOST_TEST(one.observe(2));
    BOOST_TEST(other.observe(2));
    BOOST_TEST(other.factor() == one.factor());
}

BOOST_AUTO_TEST_SUITE_END()
