#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/solvers.hpp>
#include <bregman/solvers/dual_problem.hpp>
#include <bregman/solvers/dual_steps.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/decompositions.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr dual_step all_steps[] = {dual_step::fixed, dual_step::accelerated,      dual_step::dynamic,
                                   dual_step::exact, dual_step::barzilai_borwein, dual_step::lbfgs};

template <class T>
double relative_error(const dense_vector<T>& x, const dense_vector<T>& truth) {
    return double((x - truth).norm() / truth.norm());
}

/// The problems and settings of the published iteration counts: n 300, m 100, 10 non-zeros, delta 10 max|x|.
struct counting_problem {
    sparse_recovery<double> recovery;
    double delta;
    explicit counting_problem(std::uint64_t seed)
        : recovery(sparse_recovery<double>::gaussian(100, 300, 10, 0.0, seed)),
          delta(10 * recovery.solution.lpNorm<Eigen::Infinity>()) {}

    solver_result<double> solve(linearised_bregman_settings<> settings) const {
        settings.delta = delta;
        settings.stop = {.max_iterations = 20000, .residual = 1e-6};
        return linearised_bregman(recovery.problem.A, recovery.problem.b, settings);
    }
};

/// The median over nine draws: single draws with a very small non-zero entry take ten times as long.
void check_counts(linearised_bregman_settings<> settings, const iteration_band& band) {
    std::vector<std::int64_t> counts;
    for (std::uint64_t seed = 1; seed <= 9; ++seed) {
        const counting_problem problem(seed);
        const auto result = problem.solve(settings);
        BOOST_TEST(result.reason == solver_stop::residual);
        BOOST_TEST(relative_error(result.x, problem.recovery.solution) <= recovery_error);
        counts.push_back(result.iterations);
    }
    std::sort(counts.begin(), counts.end());
    BOOST_TEST(counts[4] >= band.least);
    BOOST_TEST(counts[4] <= band.most);
}

} // namespace

BOOST_AUTO_TEST_SUITE(linearised_bregman_iteration)

BOOST_AUTO_TEST_CASE_TEMPLATE(fixed_steps_are_those_of_the_optimizer, T, scalars) {
    const auto recovery = sparse_recovery<T>::gaussian(20, 50, 4, T(0), 7);
    const auto& [A, b] = recovery.problem;
    const T delta = 3, L = recovery.problem.lipschitz_constant(), h = T(1.9);
    linbreg<T, l1, fixed_law> optimizer({.step_size = h / (delta * L), .lambda = 1}, {}, {delta});
    dense_vector<T> theta = dense_vector<T>::Zero(50);
    minimize(optimizer, theta, recovery.problem, 60);
    const auto result = linearised_bregman(A, b,
                                           {.step = dual_step::fixed,
                                            .delta = double(delta),
                                            .h = double(h),
                                            .norm_squared = double(L),
                                            .stop = {.max_iterations = 60, .residual = 0}});
    BOOST_TEST(result.iterations == 60);
    BOOST_TEST((theta.array() != T(0)).any());
    check_close(result.x, theta, 10 * tolerance<T>::many_steps * double(theta.cwiseAbs().maxCoeff()));
}

BOOST_AUTO_TEST_CASE(iteration_counts_are_those_of_the_literature) {
    check_counts({.step = dual_step::fixed}, plain_iterations);
    check_counts({.step = dual_step::fixed, .kicking = true}, kicking_iterations);
    check_counts({.step = dual_step::accelerated, .restart = false}, accelerated_iterations);
    check_counts({.step = dual_step::exact}, exact_step_iterations);
    check_counts({.step = dual_step::barzilai_borwein}, fast_iterations);
    check_counts({.step = dual_step::lbfgs}, fast_iterations);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_step_recovers_the_signal_and_proves_it, T, scalars) {
    const bool is_double = std::is_same_v<T, double>;
    const auto recovery = sparse_recovery<T>::gaussian(60, 150, 6, T(0), 2);
    const auto& [A, b] = recovery.problem;
    for (dual_step step : all_steps) {
        const double residual = is_double ? 1e-8 : 1e-4;
        const auto result = linearised_bregman(A, b, {.step = step, .delta_factor = 5, .stop = {.residual = residual}});
        BOOST_TEST_CONTEXT("step " << int(step)) {
            BOOST_TEST(result.reason == solver_stop::residual);
            BOOST_TEST(double(result.relative_residual) <= residual);
            BOOST_TEST(relative_error(result.x, recovery.solution) <= 10 * residual);
            BOOST_TEST(double(result.certificate.kkt) <= 10 * residual);
            BOOST_TEST(double(result.certificate.gap) <= 10 * residual);
            BOOST_TEST((A * result.x - b).norm() <= 1.001 * residual * b.norm());
            BOOST_TEST(result.operator_pairs > 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_dual_variable_proves_basis_pursuit_as_delta_grows) {
    const auto recovery = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 2);
    const auto& [A, b] = recovery.problem;
    double last = 1;
    for (double factor : {1.0, 10.0, 100.0}) {
        const auto result = linearised_bregman(A, b, {.delta_factor = factor, .stop = {.residual = 1e-9}});
        const auto proof = certify(problem_statement<double>{}, A, b, result.x, result.dual);
        BOOST_TEST(proof.feasibility <= 1e-9);
        BOOST_TEST(proof.kkt <= 1.5 / factor); // z = sign(x) + x / delta; delta is right within a factor 1.5
        BOOST_TEST(proof.gap < last);
        last = proof.gap;
    }
    BOOST_TEST(last < 0.02);
}

BOOST_AUTO_TEST_CASE(a_wrong_x_gets_no_certificate) {
    const auto recovery = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 2);
    const auto& [A, b] = recovery.problem;
    const auto result = linearised_bregman(A, b, {.delta_factor = 10, .stop = {.residual = 1e-9}});
    dense_vector<double> wrong = result.x;
    const index_t place = support_of(wrong).front();
    wrong[place] *= 1.1;
    const problem_statement<double> pursuit;
    BOOST_TEST(certify(pursuit, A, b, wrong, result.dual).feasibility > 1e-3);
    wrong = least_norm_solution(A, b); // feasible, not sparse
    const auto proof = certify(pursuit, A, b, wrong, result.dual);
    BOOST_TEST(proof.feasibility <= 1e-10);
    BOOST_TEST(proof.kkt > 0.1);
    BOOST_TEST(proof.gap > 0.1);
}

BOOST_AUTO_TEST_CASE(the_exact_step_is_the_minimiser) {
    const auto recovery = sparse_recovery<double>::gaussian(30, 80, 4, 0.0, 1);
    const auto& [A, b] = recovery.problem;
    primal_map<double> primal{{}, {}, 1, 2};
    dense_vector<double> z = dense_vector<double>::LinSpaced(80, -3, 3), x;
    primal(z, x);
    dense_vector<double> r = A * x - b;
    const dense_vector<double> w = A.transpose() * r;
    const double beta = b.dot(r), t = exact_step<double>(z, w, 1, 2, beta);
    auto slope = [&](double at) {
        dense_vector<double> moved;
        primal(z - at * w, moved);
        return beta - w.dot(moved);
    };
    BOOST_TEST(t > 0);
    BOOST_TEST(std::abs(slope(t)) <= 1e-9 * std::abs(slope(0)));
    BOOST_TEST(slope(t * 0.99) < 0);
    BOOST_TEST(slope(t * 1.01) > 0);
    BOOST_TEST(exact_step<double>(z, w, 1, 2, 1e9) == 0.0);                                      // uphill at once
    BOOST_TEST(!std::isfinite(exact_step<double>(z, dense_vector<double>::Zero(80), 1, 2, -1))); // downhill for ever
}

BOOST_AUTO_TEST_CASE(a_warm_start_saves_iterations) {
    const auto recovery = sparse_recovery<double>::gaussian(100, 300, 10, 0.0, 3);
    const auto& A = recovery.problem.A;
    const dense_vector<double>& b = recovery.problem.b;
    const linearised_bregman_settings<> settings{.delta = 20, .stop = {.residual = 1e-8}};
    const auto cold = linearised_bregman(A, b, settings);
    auto warm = settings;
    warm.warm_start = cold.dual;
    const auto again = linearised_bregman(A, b, warm);
    BOOST_TEST(again.iterations == 0);
    BOOST_TEST(again.reason == solver_stop::residual);
    const dense_vector<double> moved = b * 1.01;
    const auto near = linearised_bregman(A, moved, warm);
    const auto fresh = linearised_bregman(A, moved, settings);
    BOOST_TEST(near.iterations < fresh.iterations);
}

BOOST_AUTO_TEST_CASE(continuation_in_delta_ends_at_the_same_solution) {
    const auto recovery = sparse_recovery<double>::gaussian(100, 300, 10, 0.0, 3);
    const auto& [A, b] = recovery.problem;
    const double delta = 10 * recovery.solution.lpNorm<Eigen::Infinity>();
    const auto direct = linearised_bregman(A, b, {.delta = delta, .stop = {.residual = 1e-9}});
    const auto grown = linearised_bregman(A, b, {.delta = delta, .continuation = 0.1, .stop = {.residual = 1e-9}});
    BOOST_TEST(relative_error(grown.x, direct.x) <= 1e-7);
    BOOST_TEST(grown.certificate.kkt <= 1e-7);
}

BOOST_AUTO_TEST_CASE(operators_of_every_kind_are_solved) {
    const auto dct = partial_dct_recovery<double>::make(128, 512, 20, 0.0, 1);
    const auto by_dct = linearised_bregman(dct.A, dct.b, {.stop = {.residual = 1e-8}});
    BOOST_TEST(relative_error(by_dct.x, dct.solution) <= 1e-6);
    const auto recovery = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 2);
    const auto& [A, b] = recovery.problem;
    const auto dense = linearised_bregman(A, b, {.delta = 10, .stop = {.residual = 1e-8}});
    const Eigen::SparseMatrix<double> sparse = A.sparseView();
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = A;
    const matrix_free_operator free(
        60, 150, [&A = A](const auto& x, auto& y) { y.noalias() = A * x; },
        [&A = A](const auto& y, auto& x) { x.noalias() = A.transpose() * y; });
    BOOST_TEST(relative_error(linearised_bregman(sparse, b, {.delta = 10, .stop = {.residual = 1e-8}}).x, dense.x) <=
               1e-6);
    BOOST_TEST(relative_error(linearised_bregman(by_rows, b, {.delta = 10, .stop = {.residual = 1e-8}}).x, dense.x) <=
               1e-6);
    BOOST_TEST(relative_error(linearised_bregman(free, b, {.delta = 10, .stop = {.residual = 1e-8}}).x, dense.x) <=
               1e-6);
}

BOOST_AUTO_TEST_CASE(recover_sparse_needs_less_work_and_finds_the_same) {
    const auto recovery = partial_dct_recovery<double>::make(800, 2048, 80, 0.0, 5);
    const stop_rule stop{.residual = 1e-9};
    const auto plain = linearised_bregman(recovery.A, recovery.b, {.stop = stop});
    const auto fast = recover_sparse(recovery.A, recovery.b, {.stop = stop});
    BOOST_TEST(fast.reason == solver_stop::residual);
    BOOST_TEST(relative_error(fast.x, recovery.solution) <= 1e-8);
    BOOST_TEST(fast.operator_pairs < plain.operator_pairs);
    auto alone = recover_settings<>{}.bregman;
    alone.stop = stop;
    const auto never_completed = linearised_bregman(recovery.A, recovery.b, alone);
    BOOST_TEST(fast.operator_pairs < never_completed.operator_pairs);
    BOOST_TEST(support_of(fast.x) == support_of(recovery.solution));
}

BOOST_AUTO_TEST_CASE(recover_sparse_finds_the_support_in_noise) {
    const auto clean = partial_dct_recovery<double>::make(400, 1000, 40, 0.0, 1);
    const double noise = noise_at<double>(clean.b, 40);
    const auto noisy = partial_dct_recovery<double>::make(400, 1000, 40, noise, 1);
    const auto result = recover_sparse(noisy.A, noisy.b, {.stop = {.noise_norm = noise * std::sqrt(400.0)}});
    BOOST_TEST(result.reason == solver_stop::discrepancy);
    index_t both = 0;
    for (index_t i = 0; i < 1000; ++i) both += result.x[i] != 0 && noisy.solution[i] != 0;
    BOOST_TEST(2.0 * double(both) / double(support_of(result.x).size() + 40) > 0.95);
    BOOST_TEST(relative_error(result.x, noisy.solution) <= 0.02);
}

BOOST_AUTO_TEST_CASE(polish_solves_on_the_support_and_proves_it) {
    const auto recovery = sparse_recovery<double>::gaussian(100, 300, 8, 0.0, 6);
    const auto& [A, b] = recovery.problem;
    const auto rough = linearised_bregman(A, b, {.delta_factor = 10, .stop = {.residual = 1e-3}});
    const auto sharp = polish(A, b, rough.x, {.dual = rough.dual});
    BOOST_TEST(relative_error(sharp.x, recovery.solution) <= 1e-9);
    BOOST_TEST(sharp.reason == solver_stop::kkt);
    BOOST_TEST(sharp.certificate.kkt <= 1e-8);
    BOOST_TEST(std::abs(sharp.certificate.gap) <= 1e-8);
    const auto proof = certify(problem_statement<double>{}, A, b, sharp.x, sharp.dual);
    BOOST_TEST(proof.feasibility <= 1e-9);
    BOOST_TEST(proof.kkt <= 1e-8);
    CHECK_REFUSES(polish(A, b, dense_vector<double>(dense_vector<double>::Ones(300))), "support of x = 300");
    CHECK_REFUSES(polish(A, b, dense_vector<double>(dense_vector<double>::Ones(299))), "size of x = 299");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
