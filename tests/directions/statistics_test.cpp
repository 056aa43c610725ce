// Directions that look at their tensor before a step, or at theta while they make it (directions/tensor_statistics.hpp,
// trust_ratio.hpp, birth_by_evidence.hpp), against their formulas in double.
#include <cmath>
#include <cstdint>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Direction, class T = double>
using stepped_method = optimizer<Direction, euclidean<T>, l1, fixed_law, eigen_backend<T>>;

double norm_of(const std::vector<double>& x) {
    double squares = 0;
    for (const double e : x) squares += e * e;
    return std::sqrt(squares);
}

double shrink(double v, double lambda) { return std::copysign(std::max(std::abs(v) - lambda, 0.0), v); }

/// Two tensors, the gradients of the second `scale` times as long.
struct layers {
    std::vector<double> theta[2] = {normal_values<double>(300, 1), normal_values<double>(200, 2, 5)};
    std::vector<double> gradient[2] = {std::vector<double>(300), std::vector<double>(200)};
    parameter_list<double, l1> list;

    layers() {
        list.add_group({.name = "weights", .regularizer = l1{}});
        for (int i : {0, 1}) list.add(theta[i], gradient[i]);
    }
    void draw(std::uint64_t step, double scale = 1) {
        for (int i : {0, 1}) {
            const auto drawn = normal_values<double>(index_t(gradient[i].size()), 10 * step + std::uint64_t(i));
            for (std::size_t j = 0; j < drawn.size(); ++j) gradient[i][j] = drawn[j] * (i == 1 ? scale : 1);
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(directions_with_statistics)

BOOST_AUTO_TEST_CASE(a_trust_ratio_moves_v_in_proportion_to_theta) {
    layers data;
    stepped_method<with_trust_ratio<gradient>> method({.step_size = 0.5, .lambda = 0.2}, {.trust = 0.02});
    data.draw(1), method.step(data.list);
    for (std::uint64_t k = 2; k < 6; ++k) {
        data.draw(k, 1e6);
        const auto v = method.dual();
        const double lengths[] = {norm_of(data.theta[0]), norm_of(data.theta[1])};
        method.step(data.list);
        const auto after = method.dual();
        std::size_t at = 0;
        for (int i : {0, 1}) {
            const double rate = 0.5 * 0.02 * lengths[i] / norm_of(data.gradient[i]);
            for (std::size_t j = 0; j < data.gradient[i].size(); ++j, ++at)
                BOOST_TEST(std::abs(after[at] - (v[at] - rate * data.gradient[i][j])) <= 1e-12);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_trust_ratio_does_not_see_the_scale_of_a_gradient_nor_clipping) {
    layers one, other;
    const optimizer_settings<double> settings{.lambda = 0.3, .clip_norm = 7};
    stepped_method<with_trust_ratio<momentum>> of_one({.lambda = 0.3}), of_other(settings);
    for (std::uint64_t k = 1; k < 20; ++k) {
        one.draw(k), other.draw(k, 64);
        of_one.step(one.list), of_other.step(other.list);
    }
    for (int i : {0, 1}) check_close(other.theta[i], one.theta[i], tolerance<double>::many_steps);
}

// Without a theta, or without a gradient, there is no ratio: tau alone.
BOOST_AUTO_TEST_CASE(a_trust_ratio_of_nothing_is_one) {
    std::vector<double> theta(4), g{1, -2, 3, 0};
    stepped_method<with_trust_ratio<gradient>> method({.step_size = 0.5, .lambda = 1});
    method.step(theta, g);
    check_close(method.dual(), std::vector{-.5, 1., -1.5, 0.}, tolerance<double>::rounding);
    const auto v = method.dual();
    method.step(theta, std::vector<double>(4));
    BOOST_TEST(same_bits(method.dual(), v));
}

BOOST_AUTO_TEST_CASE(birth_by_evidence_is_its_formula) {
    const double tau = 0.1, lambda = 0.3, leak = 0.02, beta = 0.9, beta1 = 0.8, beta2 = 0.95;
    const index_t n = 41;
    auto theta = normal_values<double>(n, 1, 0.5);
    for (std::size_t i = 0; i < 20; ++i) theta[i] = 0;
    std::vector<double> v(std::size_t(n), 0.0), m1 = v, m2 = v, expected = theta;
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = theta[i] == 0 ? 0 : theta[i] + std::copysign(lambda, theta[i]);
    with_birth_by_evidence<adam> direction{.direction = {.beta1 = beta1, .beta2 = beta2}, .leak = leak, .beta = beta};
    stepped_method<with_birth_by_evidence<adam>> method({.step_size = tau, .lambda = lambda}, direction);
    double squares = 0;
    int births = 0, deaths = 0;
    for (int k = 1; k <= 60; ++k) {
        auto g = normal_values<double>(n, 100 + std::uint64_t(k));
        for (std::size_t i = 0; i < 5; ++i) g[i] -= 3; // evidence
        squares = beta * squares + (1 - beta) * norm_of(g) * norm_of(g) / double(n);
        const double r = std::sqrt(squares / (1 - std::pow(beta, k)));
        for (std::size_t i = 0; i < v.size(); ++i) {
            m1[i] = beta1 * m1[i] + (1 - beta1) * g[i];
            m2[i] = beta2 * m2[i] + (1 - beta2) * g[i] * g[i];
            const double adams =
                tau / (1 - std::pow(beta1, k)) * m1[i] / (std::sqrt(m2[i]) / std::sqrt(1 - std::pow(beta2, k)) + 1e-8);
            const bool was_zero = expected[i] == 0;
            v[i] = was_zero ? (1 - leak) * v[i] - tau * g[i] / r : v[i] - adams;
            expected[i] = shrink(v[i], lambda);
            births += was_zero && expected[i] != 0;
            deaths += !was_zero && expected[i] == 0;
        }
        method.step(theta, g);
    }
    check_close(method.dual(), v, tolerance<double>::many_steps);
    check_close(theta, expected, tolerance<double>::many_steps);
    BOOST_TEST((births > 5 && deaths > 5));
}

// A drip, a thousandth of the other gradients and always of one sign, is born under Adam, and here it is not.
BOOST_AUTO_TEST_CASE(a_drip_is_no_evidence) {
    const auto born = [](auto direction) {
        std::vector<double> theta(100);
        stepped_method<decltype(direction)> method({.step_size = 0.01, .lambda = 1}, direction);
        for (std::uint64_t k = 1; k <= 1000; ++k) {
            auto g = normal_values<double>(100, k);
            for (std::size_t i = 0; i < 50; ++i) g[i] = 1e-3;
            method.step(theta, g);
        }
        return count_nonzeros(std::vector<double>(theta.begin(), theta.begin() + 50));
    };
    BOOST_TEST(born(adam{}) == 50);
    BOOST_TEST(born(with_birth_by_evidence<adam>{}) == 0);
}

BOOST_AUTO_TEST_CASE(around_each_other_and_with_births_counted) {
    layers data;
    stepped_method<with_turnover<with_leak<with_birth_by_evidence<adam>>>> method({.lambda = 0.3}, {{.leak = 0}});
    layers twin;
    stepped_method<with_birth_by_evidence<adam>> alone({.lambda = 0.3});
    for (std::uint64_t k = 1; k < 20; ++k) {
        data.draw(k), twin.draw(k);
        method.step(data.list), alone.step(twin.list);
    }
    BOOST_TEST(same_bits(method.dual(), alone.dual()));
    BOOST_TEST(method.last().deaths > 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
