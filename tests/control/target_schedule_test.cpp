#include <bregman/control/target_schedule.hpp>

#include "support/checks.hpp"

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

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
