// The law with a dead band and a cooldown, as a function of a list of observations.
#include <bregman/control/band.hpp>

#include "support/checks.hpp"
#include "support/observations.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using law = band_law<double>;
using settings = band_settings<double>;

} // namespace

BOOST_AUTO_TEST_SUITE(band)

BOOST_AUTO_TEST_CASE(inside_the_band_nothing_happens) {
    law l({.half_width = 0.125});
    for (double sparsity : {0.625, 0.7, 0.75, 0.8, 0.875}) BOOST_TEST(l(reading(sparsity, 1.0, 1, 0.75)) == 1.0);
    BOOST_TEST(l(reading(0.6, 1.0, 2, 0.75)) > 1.0); // readings inside do not start the cooldown
}

BOOST_AUTO_TEST_CASE_TEMPLATE(outside_it_moves_as_the_papers_law, T, scalars) {
    const double rounding = tolerance<T>::rounding;
    BOOST_TEST(std::abs(band_law<T>{}(reading<T>(T(0.5))) - T(1.4)) <= rounding);
    BOOST_TEST(std::abs(band_law<T>{}(reading<T>(T(1), T(3), 1, T(0.5))) - T(2)) <= rounding);
}

BOOST_AUTO_TEST_CASE(after_a_change_it_waits_for_the_cooldown) {
    law l({.cooldown = 3, .warm_up = 2});
    double lambda = 1;
    std::vector<std::int64_t> changes;
    for (std::int64_t step = 1; step <= 12; ++step) {
        const double next = l(reading(0.5, lambda, step));
        if (next != lambda) changes.push_back(step);
        lambda = next;
    }
    const std::vector<std::int64_t> expected{3, 7, 11};
    BOOST_TEST(changes == expected, boost::test_tools::per_element());
    law prompt({.cooldown = 0});
    for (std::int64_t step = 1; step <= 3; ++step) BOOST_TEST(prompt(reading(0.5, 1.0, step)) > 1.0);
}

BOOST_AUTO_TEST_CASE(lambda_changes_tenfold_in_the_time_that_gain_and_cooldown_say) {
    law l({.gain = 2, .cooldown = 4});
    double lambda = 1;
    std::int64_t step = 0;
    while (lambda < 10) lambda = l(reading(0.5, lambda, ++step)); // e = .4
    const int updates = int(std::ceil(std::log(10) / std::log(1 + 2 * 0.4)));
    BOOST_TEST(step == 1 + 5 * (updates - 1));
}

BOOST_AUTO_TEST_CASE(lambda_stays_in_its_range) {
    BOOST_TEST(law({.maximum = 1.2})(reading(0.5)) == 1.2);
    BOOST_TEST(law({.minimum = 0.95})(reading(1.0)) == 0.95);
}

BOOST_AUTO_TEST_CASE(bad_settings_and_readings_are_refused) {
    const auto with = [](auto member, auto value) {
        settings s;
        s.*member = value;
        return law(s);
    };
    CHECK_REFUSES(with(&settings::half_width, -0.1), "half_width = -0.1; allowed: [0, 1)");
    CHECK_REFUSES(with(&settings::gain, -1.0), "gain = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::cooldown, -1), "cooldown = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::warm_up, -1), "warm_up = -1");
    CHECK_REFUSES(with(&settings::minimum, 0.0), "minimum = 0; allowed: > 0");
    CHECK_REFUSES(with(&settings::maximum, 1e-9), "maximum = 1e-09");
    CHECK_REFUSES(law{}(reading(1.1)), "sparsity = 1.1");
    CHECK_REFUSES(law{}.validate(0), "lambda = 0; allowed: [minimum, maximum]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
