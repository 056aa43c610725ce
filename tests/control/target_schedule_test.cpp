#include <bregman/control/target_schedule.hpp>

#include "support/checks.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(targets)

BOOST_AUTO_TEST_CASE(one_target_holds_for_ever) {
    const target_schedule<double> target(0.75);
    for (std::int64_t epoch : {0, 1, 100}) BOOST_TEST(target.at(epoch) == 0.75);
    BOOST_TEST(target_schedule<double>().at(0) == 0.9);
}

BOOST_AUTO_TEST_CASE(the_last_target_of_a_schedule_is_held) {
    const target_schedule<double> target(std::vector{0.5, 0.7, 0.9});
    BOOST_TEST(target.at(0) == 0.5);
    BOOST_TEST(target.at(1) == 0.7);
    BOOST_TEST(target.at(2) == 0.9);
    BOOST_TEST(target.at(50) == 0.9);
}

BOOST_AUTO_TEST_CASE(targets_out_of_range_are_refused) {
    for (double bad : {0.0, -0.5, 1.5, double(NAN), double(INFINITY)}) {
        CHECK_REFUSES(target_schedule<double>{bad}, "target sparsity = ");
        CHECK_REFUSES((target_schedule<double>(std::vector{0.5, bad})), "allowed: (0, 1]");
    }
    BOOST_CHECK_NO_THROW(target_schedule<double>(1.0));
    CHECK_REFUSES(target_schedule<double>(std::vector<double>{}), "number of targets = 0; allowed: >= 1");
}

BOOST_AUTO_TEST_CASE(ramps_give_each_epoch_the_target_of_its_end) {
    using schedule = target_schedule<double>;
    const auto check = [](const schedule& target, const std::vector<double>& expected) {
        std::vector<double> seen;
        for (std::size_t e = 0; e < expected.size(); ++e) seen.push_back(target.at(std::int64_t(e)));
        check_close(seen, expected, tolerance<double>::rounding);
        BOOST_TEST(target.at(1000) == expected.back()); // held, and not off by a rounding
    };
    check(schedule::constant(0.8), {0.8, 0.8});
    check(schedule::list({0.3, 0.8}), {0.3, 0.8, 0.8});
    check(schedule::linear(0, 0.8, 4), {0.2, 0.4, 0.6, 0.8, 0.8});
    check(schedule::linear(0.9, 0.5, 2), {0.7, 0.5});
    check(schedule::cubic(0, 0.8, 2), {0.8 - 0.8 / 8, 0.8});
    check(schedule::cubic(0.4, 0.8, 4), {0.8 - 0.4 * 27 / 64, 0.8 - 0.4 * 8 / 64, 0.8 - 0.4 / 64, 0.8});
    check(schedule::geometric(0.99, 2), {0.9, 0.99});
    check(schedule::geometric(0.875, 3), {0.5, 0.75, 0.875});
    check(schedule::linear(0, 0.9, 1), {0.9});
}

BOOST_AUTO_TEST_CASE(curves_go_from_their_start_to_their_end) {
    for (const auto curve : {ramps::linear, ramps::cubic, ramps::geometric}) {
        BOOST_TEST(curve(0.2, 0.9, 0) == 0.2, boost::test_tools::tolerance(1e-14));
        BOOST_TEST(curve(0.2, 0.9, 1) == 0.9, boost::test_tools::tolerance(1e-14));
    }
    // What is left shrinks by equal factors: .8, .2 and .05.
    BOOST_TEST(ramps::geometric(0.2, 0.95, 0.5) == 0.8, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(ramps_out_of_range_are_refused) {
    using schedule = target_schedule<double>;
    CHECK_REFUSES(schedule::linear(-0.1, 0.9, 3), "first sparsity of the ramp = -0.1; allowed: [0, 1]");
    CHECK_REFUSES(schedule::cubic(NAN, 0.9, 3), "first sparsity of the ramp = nan");
    CHECK_REFUSES(schedule::linear(0, 1.5, 3), "target sparsity = ");
    CHECK_REFUSES(schedule::cubic(0, 0.9, 0), "epochs of the ramp = 0; allowed: >= 1");
    CHECK_REFUSES(schedule::geometric(1, 3), "target sparsity = 1; allowed: (0, 1) for a geometric ramp");
    CHECK_REFUSES(schedule::geometric(NAN, 3), "target sparsity = nan");
    CHECK_REFUSES(schedule::list({}), "number of targets = 0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
