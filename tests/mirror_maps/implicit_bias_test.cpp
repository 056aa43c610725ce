// Which of the many solutions of an underdetermined problem a mirror map leads to, and the pairs of mirror maps and
// regularizers inside the optimizer.
#include <Eigen/QR>

#include <bregman/bregman.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/problems/least_squares.hpp>

#include "support/checks.hpp"
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

    template <class Mirror> Eigen::VectorXd solve(const Mirror& mirror, double step_size, int steps) const {
        mirror_descent<Mirror> method({.step_size = step_size}, {}, mirror);
        Eigen::VectorXd theta = start;
        minimize(method, theta, problem, steps);
        return theta;
    }
    /// The part of a dual vector that is not in the range of A^T, relative to the vector.
    double outside_of_range(const Eigen::VectorXd& dual) const {
        const Eigen::MatrixXd At = problem.A.transpose();
        const Eigen::VectorXd inside = At * At.colPivHouseholderQr().solve(dual);
        return (dual - inside).norm() / dual.norm();
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
            const Eigen::MatrixXd At = u.problem.A.transpose();
            for (std::uint64_t seed = 0; seed < 5; ++seed) {
                Eigen::VectorXd other = Eigen::Map<const Eigen::VectorXd>(normal_values<double>(20, seed).data(), 20);
                other -= At * At.colPivHouseholderQr().solve(other);
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

BOOST_AUTO_TEST_CASE(optimizers_refuse_settings_of_their_mirror_map) {
    using method = mirror_descent<p_norm<double>>;
    CHECK_REFUSES(method({}, {}, {.q = 1}), "p_norm.q = 1; allowed: > 1");
    CHECK_REFUSES(linbreg<float>({}, {}, {.delta = 0}), "euclidean.delta = 0; allowed: > 0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
