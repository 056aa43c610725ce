// Which of the many solutions of an underdetermined problem a mirror map leads to, and the pairs of mirror maps and
// regularizers inside the optimizer.
#include <bregman/bregman.hpp>
#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/diagonal.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

#include "support/checks.hpp"
#include "support/decompositions.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class Mirror>
using mirror_descent = optimizer<gradient, Mirror, none, fixed_law, eigen_backend<double>>;

/// 8 equations for 20 unknowns, and a start.
struct underdetermined {
    least_squares<double> problem = sparse_recovery<double>::gaussian(8, 20, 20).problem;
    Eigen::VectorXd start = Eigen::Map<const Eigen::VectorXd>(normal_values<double>(20, 4, 0.5).data(), 20);

    template <class Mirror>
    Eigen::VectorXd solve(const Mirror& mirror, double step_size, int steps) const {
        mirror_descent<Mirror> method({.step_size = step_size}, {}, mirror);
        Eigen::VectorXd theta = start;
        minimize(method, theta, problem, steps);
        return theta;
    }
    /// The part of a dual vector that is not in the range of A^T, relative to the vector.
    double outside_of_range(const Eigen::VectorXd& dual) const {
        return (dual - part_in_row_space(problem.A, dual)).norm() / dual.norm();
    }
    double residual(const Eigen::VectorXd& theta) const {
        return (problem.A * theta - problem.b).norm() / problem.b.norm();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(implicit_bias)

// w is the interpolator nearest to w0 in the potential's divergence exactly when A w = b and grad psi(w) - grad psi(w0)
// is in the range of A^T.
BOOST_AUTO_TEST_CASE(p_norm_descent_finds_the_nearest_interpolator) {
    const underdetermined u;
    const auto dual = [](const Eigen::VectorXd& w, double q) -> Eigen::VectorXd {
        return w.array().sign() * w.array().abs().pow(q - 1);
    };
    struct run {
        double q, step_size;
        int steps;
    };
    for (const run& r : {run{1.5, 0.1, 4000}, run{2, 0.2, 2000}, run{3, 0.05, 20000}}) {
        const double q = r.q;
        const Eigen::VectorXd w = u.solve(p_norm<double>{.q = q}, r.step_size, r.steps);
        BOOST_TEST_CONTEXT("q = " << q) {
            BOOST_TEST(u.residual(w) < 1e-8);
            BOOST_TEST(u.outside_of_range(dual(w, q) - dual(u.start, q)) < 1e-10);
            // ... and nearer than others: w plus what A does not see.
            const auto divergence = [&](const Eigen::VectorXd& x) {
                const double phi = x.array().abs().pow(q).sum() / q, phi0 = u.start.array().abs().pow(q).sum() / q;
                return phi - phi0 - dual(u.start, q).dot(x - u.start);
            };
            for (std::uint64_t seed = 0; seed < 5; ++seed) {
                Eigen::VectorXd other = Eigen::Map<const Eigen::VectorXd>(normal_values<double>(20, seed).data(), 20);
                other -= part_in_row_space(u.problem.A, other);
                BOOST_TEST(divergence(w) < divergence(w + 0.1 * other));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(hypentropy_with_a_large_beta_is_gradient_descent) {
    const underdetermined u;
    const Eigen::VectorXd descent = u.solve(euclidean<double>{}, 0.2, 100);
    double previous = INFINITY;
    for (double beta : {10.0, 100.0, 1000.0}) {
        // beta sinh(v) = beta v to first order: rate 0.2 asks for a step size of 0.2 / beta.
        const double difference = (u.solve(hypentropy<double>{.beta = beta}, 0.2 / beta, 100) - descent).norm();
        BOOST_TEST(difference < previous / 50); // the error falls like 1 / beta^2
        previous = difference;
    }
    BOOST_TEST(previous < 1e-5);
}

BOOST_AUTO_TEST_CASE(hypentropy_with_a_small_beta_prefers_sparse_solutions) {
    auto r = sparse_recovery<double>::gaussian(40, 80, 4);
    underdetermined u{r.problem, Eigen::VectorXd::Zero(80)};
    const auto error = [&](double beta, double step_size) {
        return (u.solve(hypentropy<double>{.beta = beta}, step_size, 3000) - r.solution).norm() / r.solution.norm();
    };
    BOOST_TEST(error(1e-6, 0.05) < 0.01); // the sparse one
    BOOST_TEST(error(100, 0.002) > 0.3);  // the one of least norm
}

// Of a multiple of the identity the metric is euclidean; of any other, theta = shrink(v, lambda w) / d at each element.
BOOST_AUTO_TEST_CASE(a_diagonal_and_weights_act_at_their_elements) {
    using method_type = optimizer<gradient, diagonal<double>, weighted_l1<double>, fixed_law, eigen_backend<double>>;
    const index_t n = 37; // not a multiple of any lane
    auto d = normal_values<double>(n, 1), w = normal_values<double>(n, 2);
    for (double& x : d) x = 0.1 + std::abs(x);
    for (double& x : w) x = std::abs(x);
    method_type method({.step_size = 0.3, .lambda = 0.2}, {}, diagonal<double>::of(d), weighted_l1<double>::of(w));
    auto theta = normal_values<double>(n, 3);
    const auto start = theta;
    const auto g = normal_values<double>(n, 4);
    method.step(theta, g);
    for (index_t i = 0; i < n; ++i) {
        const double v = d[i] * start[i] + 0.2 * w[i] * sign(start[i]) - 0.3 * g[i];
        BOOST_TEST(std::abs(theta[i] - shrink(v, 0.2 * w[i]) / d[i]) <= 100 * tolerance<double>::rounding);
    }
    // Sizes are compared when the optimizer first sees the tensor.
    const std::vector<double> few{1, 2};
    method_type short_metric({}, {}, diagonal<double>::of(few), weighted_l1<double>::of(w));
    CHECK_REFUSES(short_metric.step(theta, g), "diagonal.weights size = 2; allowed: that of the tensor, 37");
    method_type short_weights({}, {}, diagonal<double>::of(d), weighted_l1<double>::of(few));
    CHECK_REFUSES(short_weights.step(theta, g), "weighted_l1.weights size = 2; allowed: that of the tensor, 37");
}

BOOST_AUTO_TEST_CASE(optimizers_refuse_settings_of_their_mirror_map) {
    using method = mirror_descent<p_norm<double>>;
    CHECK_REFUSES(method({}, {}, {.q = 1}), "p_norm.q = 1; allowed: > 1");
    CHECK_REFUSES(linbreg<float>({}, {}, {.delta = 0}), "euclidean.delta = 0; allowed: > 0");
}

BOOST_AUTO_TEST_CASE(the_pairs_of_the_table_and_no_others) {
    using p = p_norm<double>;
    using h = hypentropy<double>;
    using e = negative_entropy<double>;
    using b = burg<double>;
    using w = weighted_l1<double>;
    using d = diagonal<double>;
    BOOST_TEST((has_closed_form<p, none> && has_closed_form<p, l1> && has_closed_form<p, w>));
    BOOST_TEST((has_closed_form<h, nonnegative_l1> && has_closed_form<h, box> && has_closed_form<h, linf_ball>));
    BOOST_TEST((has_closed_form<e, l1> && has_closed_form<e, simplex> && has_closed_form<e, box>));
    BOOST_TEST((has_closed_form<b, nonnegative_l1> && has_closed_form<b, w>));
    BOOST_TEST((has_closed_form<d, elastic_net> && has_closed_form<d, box> && has_closed_form<d, w>));
    BOOST_TEST((!has_closed_form<p, elastic_net> && !has_closed_form<e, elastic_net>));
    BOOST_TEST((!has_closed_form<p, simplex> && !has_closed_form<b, simplex> && !has_closed_form<d, simplex>));
    BOOST_TEST((!has_closed_form<h, group_rows> && !has_closed_form<d, group_rows>));
}

// v - grad phi(theta) = lambda p, p a subgradient of J: every pair of the table that is not euclidean.
template <class Mirror, class Regularizer>
double subgradient_at(const Mirror& mirror, const Regularizer& regularizer, double v, double lambda, double& theta) {
    theta = primal_step<Mirror, Regularizer>::apply(mirror, regularizer, v, lambda);
    return (v - mirror.to_dual(theta)) / lambda;
}

BOOST_AUTO_TEST_CASE(pairs_with_a_closed_form_solve_their_inclusion) {
    const double lambda = 0.7, rounding = 1e-12;
    double theta = 0;
    const auto even = [&](const auto& mirror) {
        for (double v : normal_values<double>(100, 5, 2)) {
            const double p = subgradient_at(mirror, l1{}, v, lambda, theta);
            BOOST_TEST((theta != 0 ? std::abs(p - sign(theta)) <= rounding : std::abs(p) <= 1));
            const double q = subgradient_at(mirror, nonnegative_l1{}, v, lambda, theta);
            BOOST_TEST((theta > 0 ? std::abs(q - 1) <= rounding : theta == 0 && q <= 1));
            const double r = subgradient_at(mirror, linf_ball{.radius = 0.5}, v, lambda, theta);
            BOOST_TEST((std::abs(theta) < 0.5 ? std::abs(r) <= rounding : r * theta >= -rounding));
        }
    };
    even(p_norm<double>{.q = 1.5});
    even(hypentropy<double>{.beta = 0.3});
    const auto positive = [&](const auto& mirror) {
        for (double v : normal_values<double>(100, 6, 2)) {
            if (mirror.to_primal(v) > 1e3) continue; // where Burg's bound holds theta
            BOOST_TEST(std::abs(subgradient_at(mirror, l1{}, v, lambda, theta) - 1) <= rounding);
            BOOST_TEST(std::abs(subgradient_at(mirror, nonnegative_l1{}, v, lambda, theta) - 1) <= rounding);
            const double r = subgradient_at(mirror, box{.low = 0.2, .high = 2}, v, lambda, theta);
            BOOST_TEST((theta > 0.2 && theta < 2 ? std::abs(r) <= rounding : r * (theta - 1) >= -rounding));
        }
    };
    positive(negative_entropy<double>{});
    positive(burg<double>{});
}

// log theta_i - v_i is one number for all i, and the sum is kept, also where exp would overflow.
BOOST_AUTO_TEST_CASE_TEMPLATE(entropy_on_the_simplex_is_a_softmax, T, scalars) {
    for (T shift : {T(0), T(-500), T(500)}) {
        auto v = normal_values<T>(50, 7);
        for (T& x : v) x += shift;
        auto theta = v;
        primal_step<negative_entropy<T>, simplex>::whole({}, {.sum = 3}, as_tensor(theta), T(1));
        double total = 0;
        for (std::size_t i = 0; i < v.size(); ++i) {
            total += theta[i];
            const double difference = std::log(double(theta[i])) - double(v[i]);
            BOOST_TEST(std::abs(difference - (std::log(double(theta[0])) - double(v[0]))) <=
                       1000 * tolerance<T>::rounding);
        }
        BOOST_TEST(std::abs(total - 3) <= 10 * tolerance<T>::rounding);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
