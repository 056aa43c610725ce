// What makes a proximal operator a proximal operator, for every regularizer and without knowing its formula.
#include <bregman/bregman.hpp>

#include "regularizers/as_function.hpp"
#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr index size = 6;

using regularizers = std::tuple<none, l1, group_rows, group_kernels>;

/// Points where things happen: random ones of several scales, zero, one with zeros in it, one tiny.
std::vector<point> points() {
    std::vector<point> all;
    for (double scale : {0.1, 1.0, 10.0})
        for (std::uint64_t seed = 0; seed < 10; ++seed) all.push_back(normal_values<double>(size, seed, scale));
    all.push_back(point(size, 0.0));
    all.push_back({1, 0, 0, 0, 0, -1});
    all.push_back(point(size, 1e-30));
    return all;
}

constexpr double weights[] = {0, 0.05, 0.5, 2};

} // namespace

BOOST_AUTO_TEST_SUITE(prox_laws)

// p is a subgradient of J at x exactly when J(u) >= J(x) + p (u - x) for every u.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_step_solves_its_inclusion, R, regularizers) {
    const as_function<R> j;
    for (double delta : {0.5, 1.0, 2.0})
        for (double lambda : weights)
            for (const point& v : points()) {
                const point theta = j.primal(v, lambda, delta);
                for (const point& u : points()) {
                    double gap = lambda * (j.value(u) - j.value(theta));
                    for (index i = 0; i < size; ++i) gap -= (v[i] - theta[i] / delta) * (u[i] - theta[i]);
                    BOOST_TEST(gap >= -1e-10);
                }
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(prox_is_firmly_non_expansive, R, regularizers) {
    const as_function<R> j;
    for (double t : weights)
        for (const point& x : points())
            for (const point& y : points()) {
                const point px = j.prox(x, t), py = j.prox(y, t);
                double inner = 0, squares = 0;
                for (index i = 0; i < size; ++i) {
                    inner += (x[i] - y[i]) * (px[i] - py[i]);
                    squares += (px[i] - py[i]) * (px[i] - py[i]);
                }
                BOOST_TEST(squares <= inner + 1e-10);
            }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(prox_without_weight_is_the_identity, R, regularizers) {
    const as_function<R> j;
    for (const point& x : points()) check_close(j.prox(x, 0), x, 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(prox_leads_to_zero_at_the_critical_weight, R, regularizers) {
    if constexpr (has_critical_lambda<R, double>) {
        const as_function<R> j;
        for (const point& x : points()) {
            const point critical = j.critical(x);
            for (index i = 0; i < size; ++i) {
                BOOST_TEST(j.prox(x, critical[i] * (1 + 1e-12))[i] == 0.0);
                if (x[i] != 0 && critical[i] > 1e-20) BOOST_TEST(j.prox(x, critical[i] * (1 - 1e-12))[i] != 0.0);
            }
        }
    } else {
        BOOST_TEST((std::is_same_v<R, none>)); // nothing becomes zero without a regularizer
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(subgradient_is_one_and_the_smallest_at_zero, R, regularizers) {
    const as_function<R> j;
    for (const point& x : points()) {
        const point p = j.subgradient(x);
        for (const point& u : points()) {
            double gap = j.value(u) - j.value(x);
            for (index i = 0; i < size; ++i) gap -= p[i] * (u[i] - x[i]);
            BOOST_TEST(gap >= -1e-10);
        }
    }
    check_close(j.subgradient(point(size, 0.0)), point(size, 0.0), 0);
}

// The Moreau envelope t J(p) + |p - x|^2 / 2, p = prox(x), has the gradient x - p.
BOOST_AUTO_TEST_CASE_TEMPLATE(moreau_envelope_has_the_gradient_that_prox_says, R, regularizers) {
    const as_function<R> j;
    const double t = 0.5, h = finite_difference_step;
    const auto envelope = [&](const point& x) {
        const point p = j.prox(x, t);
        double value = t * j.value(p);
        for (index i = 0; i < size; ++i) value += (p[i] - x[i]) * (p[i] - x[i]) / 2;
        return value;
    };
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const point x = normal_values<double>(size, seed);
        const point p = j.prox(x, t);
        for (index i = 0; i < size; ++i) {
            point above = x, below = x;
            above[i] += h, below[i] -= h;
            const double slope = (envelope(above) - envelope(below)) / (2 * h);
            BOOST_TEST(std::abs(slope - (x[i] - p[i])) <= finite_difference_tolerance * 10);
        }
    }
}

// theta = grad (phi + lambda J)^*(v), the definition of the primal step.
BOOST_AUTO_TEST_CASE_TEMPLATE(primal_step_is_the_gradient_of_the_conjugate, R, regularizers) {
    const as_function<R> j;
    const double lambda = 0.5, delta = 2, h = finite_difference_step;
    const auto conjugate = [&](const point& v) {
        const point theta = j.primal(v, lambda, delta);
        double value = -lambda * j.value(theta);
        for (index i = 0; i < size; ++i) value += v[i] * theta[i] - theta[i] * theta[i] / (2 * delta);
        return value;
    };
    for (std::uint64_t seed = 20; seed < 30; ++seed) {
        const point v = normal_values<double>(size, seed);
        const point theta = j.primal(v, lambda, delta);
        for (index i = 0; i < size; ++i) {
            point above = v, below = v;
            above[i] += h, below[i] -= h;
            const double slope = (conjugate(above) - conjugate(below)) / (2 * h);
            BOOST_TEST(std::abs(slope - theta[i]) <= finite_difference_tolerance * 10);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tiny_group_survives_a_weight_of_zero_in_float) {
    // The squares underflow; without a weight the factor must still be 1.
    BOOST_TEST(group_rows{}.group_prox(0.0f, 2.0f, 0.0f) == 1.0f);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
