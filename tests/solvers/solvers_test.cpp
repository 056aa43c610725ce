#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

double relative_error(const vector& x, const vector& truth) { return (x - truth).norm() / truth.norm(); }

const sparse_recovery<double>& recovery() {
    static const auto problem = sparse_recovery<double>::gaussian(100, 250, 8, 0.0, 3);
    return problem;
}

/// A smooth non-negative kernel and counts of a few spots seen through it.
struct blurred_spots {
    convolution_2d<double> blur{24, 20, kernel()};
    vector truth = vector::Constant(480, 2), expected, counts;
    explicit blurred_spots(double brightness) {
        for (index_t place : {50, 130, 131, 300, 401}) truth[place] = brightness;
        blur.apply(truth, expected);
        const normal_source noise{counter_random(5, 3)};
        counts = expected;
        for (index_t i = 0; i < counts.size(); ++i) // Poisson numbers are near normal at these counts
            counts[i] = std::max(0.0, std::round(counts[i] + std::sqrt(counts[i]) * noise(i)));
    }
    static matrix kernel() {
        const vector line = (vector(5) << 1, 4, 6, 4, 1).finished() / 16;
        return line * line.transpose();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(solvers)

BOOST_AUTO_TEST_CASE(fista_and_proximal_gradient_find_the_lasso_solution) {
    const auto& [A, b] = recovery().problem;
    const double lambda = 0.05 * (A.transpose() * b).lpNorm<Eigen::Infinity>();
    const auto slow = proximal_gradient(A, b, {.lambda = lambda, .stop = {.max_iterations = 20000, .kkt = 1e-8}});
    const auto fast = fista(A, b, {.lambda = lambda, .stop = {.kkt = 1e-8}});
    const auto continued = fista(A, b, {.lambda = lambda, .continuation = 0.5, .stop = {.kkt = 1e-8}});
    for (const auto* result : {&slow, &fast, &continued}) {
        BOOST_TEST(result->reason == solver_stop::kkt);
        BOOST_TEST(result->certificate.gap <= 1e-8);
        // the certificate, from scratch
        const vector g = A.transpose() * (A * result->x - b);
        for (index_t i = 0; i < g.size(); ++i)
            BOOST_TEST((result->x[i] != 0 ? std::abs(g[i] + lambda * sign(result->x[i]))
                                          : std::max(0.0, std::abs(g[i]) - lambda)) <= 1.01e-8 * lambda);
    }
    BOOST_TEST(relative_error(fast.x, slow.x) <= 1e-7);
    BOOST_TEST(fast.iterations < slow.iterations);
    const auto again = fista(A, b, {.lambda = lambda, .stop = {.kkt = 1e-8}, .warm_start = fast.x});
    BOOST_TEST(again.iterations == 0);
    const auto beyond = fista(A, b, {.relative_lambda = 1.01});
    BOOST_TEST(beyond.x.norm() == 0.0); // above ||A^T b||_inf the solution is 0
}

BOOST_AUTO_TEST_CASE(the_proximal_gradient_never_increases_the_objective) {
    const auto& [A, b] = recovery().problem;
    const double lambda = 0.02 * (A.transpose() * b).lpNorm<Eigen::Infinity>();
    double last = std::numeric_limits<double>::infinity();
    proximal_gradient(
        A, b, {.lambda = lambda, .stop = {.max_iterations = 300}, .observer = [&, &A = A, &b = b](const auto& now) {
                   const double objective = (A * now.x - b).squaredNorm() / 2 + lambda * now.x.template lpNorm<1>();
                   BOOST_TEST(objective <= last * (1 + 1e-14));
                   last = objective;
               }});
}

BOOST_AUTO_TEST_CASE(bregman_iteration_solves_basis_pursuit_in_a_few_rounds) {
    const auto& [A, b] = recovery().problem;
    const auto result = bregman_iteration(A, b, {.stop = {.max_iterations = 50, .residual = 1e-9, .kkt = 0}});
    BOOST_TEST(result.reason == solver_stop::residual);
    BOOST_TEST(result.iterations <= 12);
    BOOST_TEST(relative_error(result.x, recovery().solution) <= 1e-7);
    const auto proof = certify(problem_statement<double>{}, A, b, result.x, result.dual);
    BOOST_TEST(proof.kkt <= 1e-5);
    BOOST_TEST(std::abs(proof.gap) <= 1e-5);
    BOOST_TEST(std::abs(proof.kkt - result.certificate.kkt) <= 1e-9);
    const auto again = bregman_iteration(A, b, {.stop = {.residual = 1e-9, .kkt = 0}, .warm_start = result.dual});
    BOOST_TEST(again.iterations < result.iterations);
}

BOOST_AUTO_TEST_CASE(bregman_iteration_residuals_fall) {
    const auto noisy = sparse_recovery<double>::gaussian(100, 250, 8, 0.05, 3);
    const auto& [A, b] = noisy.problem;
    double last = std::numeric_limits<double>::infinity();
    bregman_iteration(A, b,
                      {.inner_kkt = 1e-6,
                       .max_inner_iterations = 3000,
                       .stop = {.max_iterations = 8},
                       .observer = [&](const auto& now) {
                           BOOST_TEST(now.relative_residual <= last * (1 + 1e-5));
                           last = now.relative_residual;
                       }});
    const double noise_norm = 0.05 * std::sqrt(100.0);
    const auto stopped = bregman_iteration(A, b, {.stop = {.noise_norm = noise_norm}});
    BOOST_TEST(stopped.reason == solver_stop::discrepancy);
    BOOST_TEST((stopped.x - noisy.solution).norm() <= 2 * noise_norm);
}

BOOST_AUTO_TEST_CASE(an_exact_kaczmarz_step_satisfies_its_row) {
    const auto& A = recovery().problem.A;
    vector z = vector::LinSpaced(250, -2, 2), x;
    const primal_map<double> primal{{}, {}, 1, 3};
    primal(z, x);
    for (index_t i = 0; i < 20; ++i) {
        const vector row = A.row(i).transpose();
        const double target = double(i) - 10, toward = sign(row.dot(x) - target);
        const double t = exact_step<double>(z, toward * row, 1, 3, toward * target);
        z -= t * toward * row;
        primal(z, x);
        BOOST_TEST(std::abs(row.dot(x) - target) <= 1e-12 * std::max(1.0, row.norm() * x.norm()));
    }
}

BOOST_AUTO_TEST_CASE(kaczmarz_recovers_by_rows) {
    const auto& [A, b] = recovery().problem;
    const stop_rule stop{.max_iterations = 100 * 500, .residual = 1e-6};
    const auto exact = sparse_kaczmarz(A, b, {.stop = stop});
    BOOST_TEST(exact.reason == solver_stop::residual);
    BOOST_TEST(relative_error(exact.x, recovery().solution) <= recovery_error);
    BOOST_TEST(exact.certificate.kkt <= 1e-5);
    BOOST_TEST(exact.iterations % 100 == 0);
    const auto inexact = sparse_kaczmarz(A, b, {.exact = false, .stop = stop});
    BOOST_TEST(relative_error(inexact.x, recovery().solution) <= 10 * recovery_error);
    BOOST_TEST(exact.iterations < inexact.iterations);
    const auto same = sparse_kaczmarz(A, b, {.stop = stop});
    BOOST_TEST((same.x.array() == exact.x.array()).all());
    BOOST_TEST(sparse_kaczmarz(A, b, {.stop = stop, .warm_start = exact.dual}).iterations <= 200);
}

BOOST_AUTO_TEST_CASE(multilevel_recovers_with_cheap_cycles) {
    const auto& [A, b] = recovery().problem;
    const auto result = multilevel_linearised_bregman(A, b, {.stop = {.max_iterations = 3000, .residual = 1e-8}});
    BOOST_TEST(result.reason == solver_stop::residual);
    BOOST_TEST(relative_error(result.x, recovery().solution) <= 1e-6);
    BOOST_TEST(result.operator_pairs < double(result.iterations) * 40); // 100 steps a cycle, most of them small
    // Without steps on the support it is linearised Bregman iteration with fixed steps.
    const multilevel_settings<> plain{
        .delta = 20, .h = 1.5, .support_steps = 0, .norm_squared = 8, .stop = {.max_iterations = 100}};
    const auto one = multilevel_linearised_bregman(A, b, plain);
    const auto two = linearised_bregman(
        A, b, {.step = dual_step::fixed, .delta = 20, .h = 1.5, .norm_squared = 8, .stop = {.max_iterations = 100}});
    check_close(one.x, two.x, 1e-12);
}

BOOST_AUTO_TEST_CASE(the_path_of_split_lbi_ranks_the_unknowns) {
    const auto& [A, b] = recovery().problem;
    for (const double nu : {0.3, 1.0, 10.0}) BOOST_TEST_CONTEXT("nu " << nu) {
            const auto result = split_lbi(A, b, {.nu = nu, .record_every = 50, .stop = {.max_iterations = 4000}});
            std::vector<std::pair<double, bool>> order;
            for (index_t i = 0; i < 250; ++i) order.emplace_back(result.entry_time[i], recovery().solution[i] != 0);
            std::sort(order.begin(), order.end());
            for (int i = 0; i < 5; ++i) BOOST_TEST(order[std::size_t(i)].second); // the strong ones of 8 come first
            BOOST_TEST(result.times.size() == result.path.size());
            BOOST_TEST(result.times.size() >= 2u);
            BOOST_TEST(support_of(result.path.front()).size() <= support_of(result.path.back()).size());
            BOOST_TEST((result.x - result.W).norm() < 0.1 * result.W.norm());
        }
    const auto whole = split_lbi(A, b, {.stop = {.max_iterations = 20000}});
    BOOST_TEST(whole.reason == solver_stop::residual);
    BOOST_TEST(relative_error(whole.x, recovery().solution) <= recovery_error);
    // Another unit of b is another unit of time.
    const auto scaled = split_lbi(A, vector(1e6 * b), {.stop = {.max_iterations = 20000}});
    BOOST_TEST(scaled.iterations == whole.iterations);
    BOOST_TEST(relative_error(vector(1e-6 * scaled.x), whole.x) <= 1e-9);
    const auto one = split_lbi(Eigen::MatrixXd::Constant(1, 1, 3), Eigen::VectorXd::Constant(1, 6));
    BOOST_TEST(std::abs(one.x[0] - 2) <= 1e-5);
}

BOOST_AUTO_TEST_CASE(dual_averaging_approaches_the_lasso_solution_with_zeros) {
    const auto& [A, b] = recovery().problem;
    const double lambda = 0.1 * (A.transpose() * b).lpNorm<Eigen::Infinity>();
    const auto best = fista(A, b, {.lambda = lambda, .stop = {.kkt = 1e-9}});
    auto objective = [&, &A = A, &b = b](const vector& x) {
        return (A * x - b).squaredNorm() / 2 + lambda * x.lpNorm<1>();
    };
    const auto early = rda(A, b, {.lambda = lambda, .stop = {.max_iterations = 100}});
    const auto late = rda(A, b, {.lambda = lambda, .stop = {.max_iterations = 4000}});
    BOOST_TEST(objective(late.x) >= objective(best.x) * (1 - 1e-12));
    BOOST_TEST(objective(late.x) <= 1.02 * objective(best.x));
    BOOST_TEST(objective(late.x) < objective(early.x));
    BOOST_TEST(support_of(late.x).size() <= 30u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(poisson_descent_is_monotone_and_stops_at_the_noise, T, scalars) {
    const blurred_spots spots(2000);
    const convolution_2d<T> blur(24, 20, blurred_spots::kernel().cast<T>());
    const dense_vector<T> counts = spots.counts.cast<T>();
    for (poisson_mirror mirror : {poisson_mirror::entropy, poisson_mirror::burg}) {
        double last = std::numeric_limits<double>::infinity();
        auto falls = [&](const solver_progress<T>& now) {
            BOOST_TEST(double(now.relative_residual) <= last * (1 + 1e-5));
            last = double(now.relative_residual);
        };
        const stop_rule stop{.max_iterations = 3000, .noise_norm = std::sqrt(480.0)};
        const auto result = poisson_descent(blur, counts, {.mirror = mirror, .stop = stop, .observer = falls});
        BOOST_TEST(result.reason == solver_stop::discrepancy);
        BOOST_TEST(result.x.minCoeff() > T(0));
        BOOST_TEST(relative_error(result.x.template cast<double>(), spots.truth) <
                   0.6 * relative_error(spots.counts, spots.truth));
    }
}

BOOST_AUTO_TEST_CASE(poisson_descent_reaches_the_optimality_conditions) {
    // More counts than unknowns and no noise: the optimum is the truth.
    matrix A = recovery().problem.A.leftCols(20).cwiseAbs();
    const vector truth = vector::LinSpaced(20, 1, 5), counts = A * truth;
    for (poisson_mirror mirror : {poisson_mirror::entropy, poisson_mirror::burg}) {
        const auto result =
            poisson_descent(A, counts, {.mirror = mirror, .stop = {.max_iterations = 20000, .kkt = 1e-7}});
        BOOST_TEST(result.reason == solver_stop::kkt);
        BOOST_TEST(relative_error(result.x, truth) <= 1e-3);
    }
    // With lambda the expected counts fall short of the counts.
    const auto damped = poisson_descent(A, counts, {.lambda = 0.5, .stop = {.max_iterations = 3000, .kkt = 1e-5}});
    BOOST_TEST(damped.x.sum() < truth.sum());
}

BOOST_AUTO_TEST_CASE(a_background_is_part_of_the_model) {
    matrix A = recovery().problem.A.leftCols(10).cwiseAbs();
    const vector truth = vector::LinSpaced(10, 1, 5), counts = (A * truth).array() + 3;
    const auto result = poisson_descent(A, counts, {.background = 3, .stop = {.max_iterations = 20000, .kkt = 1e-7}});
    BOOST_TEST(relative_error(result.x, truth) <= 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
