// Gradients that are not finite are refused, long ones clipped.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(gradients)

using method_type = linbreg<float, l1, fixed_law>;

BOOST_AUTO_TEST_CASE_TEMPLATE(a_gradient_that_is_not_finite_changes_nothing, T, scalars) {
    using limits = std::numeric_limits<T>;
    const index_t size = 16384 + 101; // two chunks and a tail
    auto theta = normal_values<T>(size, 1);
    adabreg<T> method({.lambda = T(0.3)});
    method.step(theta, normal_values<T>(size, 2));
    method.step(theta, normal_values<T>(size, 3));
    const auto before = theta;
    const std::string state = state_bytes(method);
    for (T bad : {limits::quiet_NaN(), limits::infinity(), -limits::infinity()})
        for (index_t place : {index_t(0), index_t(5), index_t(16383), index_t(16384), size - 1}) {
            auto g = normal_values<T>(size, 4);
            g[std::size_t(place)] = bad;
            const auto report = method.step(theta, g);
            BOOST_TEST(report.refused);
            BOOST_TEST(report.step == 2);
            BOOST_TEST(report.lambda == method.lambda());
            BOOST_TEST(report.next_lambda == method.lambda());
            BOOST_TEST(!std::isfinite(report.gradient_norm));
            BOOST_TEST(same_bits(theta, before));
            BOOST_TEST((state_bytes(method) == state));
        }
    BOOST_TEST(!method.step(theta, normal_values<T>(size, 5)).refused);
    BOOST_TEST(method.steps() == 3);
}

BOOST_AUTO_TEST_CASE(a_refused_first_step_leaves_the_start_to_the_next) {
    std::vector<float> theta{1, -1}, g{float(NAN), 1};
    method_type method({.lambda = 0.1f});
    BOOST_TEST(method.step(theta, g).refused);
    BOOST_TEST(method.size() == 0);
    theta = {3, 0};
    g = {0, 0};
    method.step(theta, g);
    check_close(method.dual(), std::vector{3.1, 0.0}, tolerance<float>::rounding * 4);
}

BOOST_AUTO_TEST_CASE(large_finite_gradients_are_not_refused) {
    std::vector<float> theta(100), g(100, 1e30f); // squares overflow in float
    method_type method({.step_size = 1e-30f, .lambda = 0.5f});
    const auto report = method.step(theta, g);
    BOOST_TEST(!report.refused);
    BOOST_TEST(std::abs(report.gradient_norm / 1e31 - 1) < 1e-6);
    check_close(theta, std::vector<double>(100, -0.5), tolerance<float>::rounding);

    std::vector<double> x(40000), slope(40000, 1e200); // and in double, in several chunks
    linbreg<double, l1, fixed_law> in_double({.step_size = 1e-200, .lambda = 0.5});
    BOOST_TEST(!in_double.step(x, slope).refused);
    BOOST_TEST(std::abs(x[0] + 0.5) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_check_can_be_switched_off) {
    std::vector<float> theta{1, 1}, g{float(NAN), 0};
    method_type method({.lambda = 0.1f, .check_finite = false});
    const auto report = method.step(theta, g);
    BOOST_TEST(!report.refused);
    BOOST_TEST(std::isnan(report.gradient_norm));
    BOOST_TEST(std::isnan(theta[0]));
    BOOST_TEST(std::abs(theta[1] - 1) < 1e-6f);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(long_gradients_are_clipped_over_all_tensors, T, scalars) {
    std::vector<T> a{1, 2}, b{3}, clipped_a = a, clipped_b = b;
    std::vector<T> ga{3, 0}, gb{4};
    parameter_list<T, l1> plain, clipped;
    plain.add(a, ga), plain.add(b, gb);
    clipped.add(clipped_a, ga), clipped.add(clipped_b, gb);
    linbreg<T, l1, fixed_law> slower({.step_size = T(0.02), .lambda = T(0.1)}),
        method({.step_size = T(0.1), .lambda = T(0.1), .clip_norm = 1});
    BOOST_TEST(std::abs(method.step(clipped).gradient_norm - 5) < 1e-6); // before clipping
    slower.step(plain);                                                  // a fifth of the step size
    check_close(clipped_a, a, 4 * tolerance<T>::rounding);
    check_close(clipped_b, b, 4 * tolerance<T>::rounding);

    linbreg<T, l1, fixed_law> roomy({.step_size = T(0.02), .lambda = T(0.1), .clip_norm = 6});
    std::vector<T> c{1, 2}, d{3};
    parameter_list<T, l1> short_enough;
    short_enough.add(c, ga), short_enough.add(d, gb);
    roomy.step(short_enough);
    BOOST_TEST(same_bits(c, a));
    BOOST_TEST(same_bits(d, b));
}

BOOST_AUTO_TEST_CASE(clipping_refuses_what_is_not_finite_too) {
    std::vector<float> theta{1, 1}, g{float(INFINITY), 0};
    method_type method({.clip_norm = 1, .check_finite = false});
    BOOST_TEST(method.step(theta, g).refused);
    BOOST_TEST(theta[0] == 1.0f);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
