// The Thrust backend against the CPU's, on whatever device system this file is compiled for.
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>

#include <variant>

#include <bregman/backends/thrust.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/sparse_initialisation.hpp>

#ifdef EIGEN_CORE_H
#error "the Thrust backend must not include Eigen"
#endif

#include <bregman/backends/eigen.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class T> using device = thrust::device_vector<T>;
using mixed = std::variant<none, l1, group_rows, group_kernels>;

template <class T> std::vector<T> on_host(const device<T>& values) {
    std::vector<T> host(values.size());
    thrust::copy(values.begin(), values.end(), host.begin());
    return host;
}

constexpr index size = 5003;
constexpr int steps = 20;

/// The same run on both backends; Methods differ in the backend only.
template <class OnDevice, class OnHost> void check_against_cpu(double tolerance_in_ulps) {
    using T = typename OnHost::scalar;
    OnDevice one({.lambda = T(0.3), .target = T(0.8), .clip_norm = 50});
    OnHost other({.lambda = T(0.3), .target = T(0.8), .clip_norm = 50});
    auto expected = normal_values<T>(size, 1);
    device<T> theta(expected.begin(), expected.end());
    for (std::uint64_t k = 0; k < steps; ++k) {
        const auto g = normal_values<T>(size, 10 + k);
        const device<T> slope(g.begin(), g.end());
        const auto seen = one.step(theta, slope), wanted = other.step(expected, g);
        BOOST_TEST(std::abs(seen.sparsity - wanted.sparsity) <= T(2.0 / size));
        BOOST_TEST(std::abs(seen.gradient_norm / wanted.gradient_norm - 1) < 1e-5);
    }
    check_close(on_host(theta), expected, tolerance_in_ulps * tolerance<T>::ulp);
    BOOST_TEST(one.counts()[0].nonzeros == count_nonzeros(on_host(theta)));
}

template <class T, class Law = multiplicative_law<T>> using device_linbreg = linbreg<T, l1, Law, thrust_backend<T>>;
template <class T, class Law = multiplicative_law<T>> using device_adabreg = adabreg<T, l1, Law, thrust_backend<T>>;

} // namespace

BOOST_AUTO_TEST_SUITE(thrust_backends)

BOOST_AUTO_TEST_CASE_TEMPLATE(fixture_of_linbreg, T, scalars) {
    device<T> theta(std::vector<T>{T(.5), 0, T(-.2), 0});
    const device<T> g(std::vector<T>{1, -6, T(.5), 0});
    device_linbreg<T, fixed_law> method({.step_size = T(.02), .lambda = T(.1)});
    method.step(theta, g);
    check_close(method.dual(), std::vector{.58, .12, -.31, 0.}, tolerance<T>::fixture);
    check_close(on_host(theta), std::vector{.48, .02, -.21, 0.}, tolerance<T>::fixture);
    BOOST_TEST(method.sparsity() == T(.25));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(fixture_of_adabreg, T, scalars) {
    device<T> theta(std::vector<T>{T(.5), 0, T(-.2), 0});
    const device<T> g(std::vector<T>{1, -6, T(.5), 0});
    device_adabreg<T, fixed_law> method({.step_size = T(.06), .lambda = T(.1)});
    method.step(theta, g);
    check_close(on_host(theta), std::vector{.4400000006, 0., -.2599999988, 0.}, tolerance<T>::fixture);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_is_that_of_the_cpu, T, scalars) {
    check_against_cpu<device_linbreg<T>, linbreg<T>>(2000);
    check_against_cpu<device_adabreg<T>, adabreg<T>>(2000);
}

BOOST_AUTO_TEST_CASE(the_quantile_law_hits_the_target_there_too) {
    device<float> theta(normal_values<float>(size, 1));
    device_linbreg<float, quantile_law> method({.lambda = 0.1f, .target = 0.9f});
    method.step(theta, device<float>(normal_values<float>(size, 2)));
    BOOST_TEST(size - count_nonzeros(on_host(theta)) == std::llround(0.9 * size));
}

BOOST_AUTO_TEST_CASE(groups_are_those_of_the_cpu) {
    auto expected = normal_values<float>(9000, 1, 0.5);
    const auto g = normal_values<float>(9000, 2);
    device<float> theta(expected), slope(g);
    linbreg<float, mixed, fixed_law, thrust_backend<float>> one({.lambda = 0.3f});
    linbreg<float, mixed, fixed_law> other({.lambda = 0.3f});
    const auto list = [](float* x, const float* s) {
        parameter_list<float, mixed> parameters;
        parameters.add_group({.name = "rows", .regularizer = group_rows{}});
        parameters.add_view(x, s, {{100, 30}});
        parameters.add_group({.name = "columns", .regularizer = group_rows{}});
        parameters.add_view(x + 3000, s + 3000, {{100, 30}, storage_order::column_major});
        parameters.add_group({.name = "kernels", .regularizer = group_kernels{}});
        parameters.add_view(x + 6000, s + 6000, {{20, 30, 5}});
        return parameters;
    };
    const auto here = list(thrust::raw_pointer_cast(theta.data()), thrust::raw_pointer_cast(slope.data()));
    const auto there = list(expected.data(), g.data());
    for (int k = 0; k < 3; ++k) one.step(here), other.step(there);
    check_close(on_host(theta), expected, 100 * tolerance<float>::ulp);
    for (int i = 0; i < 3; ++i) BOOST_TEST(one.counts()[i].nonzeros == other.counts()[i].nonzeros);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
    device<float> theta(normal_values<float>(size, 1));
    device_adabreg<float> method({.lambda = 0.1f});
    method.step(theta, device<float>(normal_values<float>(size, 2)));
    const auto before = on_host(theta);
    const std::string state = state_bytes(method);
    auto g = normal_values<float>(size, 3);
    g.back() = NAN;
    BOOST_TEST(method.step(theta, device<float>(g)).refused);
    BOOST_TEST(same_bits(on_host(theta), before));
    BOOST_TEST((state_bytes(method) == state));
    BOOST_TEST(!method.step(theta, device<float>(size, 1e30f)).refused);
}

BOOST_AUTO_TEST_CASE(a_state_moves_between_the_backends) {
    device<float> theta(normal_values<float>(size, 1));
    device_adabreg<float> one({.lambda = 0.1f});
    one.step(theta, device<float>(normal_values<float>(size, 2)));
    std::stringstream file;
    save_state(file, one);
    adabreg<float> other;
    load_state(file, other);
    BOOST_TEST((state_bytes(one) == state_bytes(other)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
