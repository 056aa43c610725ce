// Where the next value is expected.
#include <bregman/step/moving_interval.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

namespace {

template <class T>
bool expects(const moving_interval<T>& interval, T x) {
    const auto [low, high] = interval.expected();
    return low < x && x < high;
}

} // namespace

BOOST_AUTO_TEST_SUITE(moving_intervals)

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_expected_before_the_second_value, T, scalars) {
    moving_interval<T> interval;
    for (int i = 0; i < 2; ++i) {
        const auto [low, high] = interval.expected();
        BOOST_TEST(!(low < high));
        interval.observe(1);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(values_that_move_evenly_are_expected_ever_more_narrowly, T, scalars) {
    moving_interval<T> interval;
    T width = 1;
    for (int i = 0; i < 40; ++i) {
        const T x = T(1) + T(0.01) * T(i);
        if (i >= 3) {
            BOOST_TEST(expects(interval, x));
            const auto [low, high] = interval.expected();
            BOOST_TEST(high - low <= width * T(1.01));
            width = high - low;
        }
        interval.observe(x);
    }
    BOOST_TEST(width < T(1e-3));
    BOOST_TEST(width > T(1e-4));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_jump_is_not_expected_and_makes_it_careful, T, scalars) {
    moving_interval<T> interval;
    for (int i = 0; i < 10; ++i) interval.observe(1);
    BOOST_TEST(!expects(interval, T(1.02)));
    interval.observe(T(1.01));
    const auto [low, high] = interval.expected();
    BOOST_TEST(high - low > T(0.07)); // 4 times the error to either side
    interval.observe(3);
    const auto [none, neither] = interval.expected();
    BOOST_TEST(!(none < neither));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(zeros_are_never_expected, T, scalars) {
    moving_interval<T> interval;
    for (int i = 0; i < 5; ++i) interval.observe(0);
    const auto [low, high] = interval.expected();
    BOOST_TEST(!(low < high));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
