// recover_sparse: exact where basis pursuit is, honest elsewhere.
#include <array>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include <Eigen/Cholesky>

#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "support/problem_families.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

family_problem<double> gaussian(index_t m, index_t n, index_t k, std::uint64_t seed,
                                double decibels = infinity_of<double>()) {
    return make_problem<double>(
        {.signal = signal_family::signs, .rows = m, .columns = n, .nonzeros = k, .decibels = decibels, .seed = seed});
}

double error(const vector& x, const vector& truth) { return (x - truth).norm() / truth.norm(); }

struct share {
    int exact = 0, claimed_wrongly = 0, proven = 0;
};

share of_draws(index_t m, index_t n, index_t k, int draws) {
    share found;
    for (int seed = 0; seed < draws; ++seed) {
        const auto problem = gaussian(m, n, k, std::uint64_t(seed));
        const matrix& A = std::get<matrix>(problem.A);
        const auto result = recover_sparse(A, problem.b);
        const bool right = error(result.x, problem.solution) < 1e-5;
        found.exact += right;
        found.claimed_wrongly += result.solved() && !right;
        if (is_nan(result.certificate.kkt)) continue;
        const auto proof =
            certify(problem_statement<double>{.lambda = result.certificate.lambda, .delta = result.certificate.delta},
                    A, problem.b, result.x, result.dual);
        BOOST_TEST(std::abs(proof.kkt - result.certificate.kkt) < 1e-9);
        found.proven += proof.kkt <= 1e-6 && !is_finite(result.certificate.delta);
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recovery_of_sparse_signals)

// The residual that conjugate gradients update drifts from the true one by more than the hundredth that they go beyond.
BOOST_AUTO_TEST_CASE(what_is_solved_in_float_is_said_to_be) {
    for (const auto& [m, n, k] : {std::array<index_t, 3>{40, 100, 3}, {60, 200, 8}, {100, 300, 10}})
        for (int seed = 0; seed < 30; ++seed) {
            const auto problem = gaussian(m, n, k, std::uint64_t(seed));
            const dense_matrix<float> A = std::get<matrix>(problem.A).cast<float>();
            const dense_vector<float> x = problem.solution.cast<float>(), b = A * x;
            const auto result = recover_sparse(A, b);
            BOOST_TEST(result.reason == solver_stop::residual, m << " x " << n << ", seed " << seed);
            BOOST_TEST(result.relative_residual <= 1e-6f);
            BOOST_TEST((result.x - x).norm() <= 1e-5f * x.norm());
        }
}

BOOST_AUTO_TEST_CASE(the_norm_of_noise_is_rarely_above_what_its_deviation_says) {
    for (const auto& [m, share] :
         {std::pair<index_t, double>{20, 0.03685}, {100, 0.02981}, {1000, 0.02511}}) { // of chi^2
        int longer = 0;
        for (int seed = 0; seed < 2000; ++seed) {
            vector noise = vector::Zero(m);
            add_noise(noise, 0.3, std::uint64_t(seed));
            longer += noise.norm() > noise_norm_of(0.3, m);
        }
        const double scatter = std::sqrt(2000 * share * (1 - share));
        BOOST_TEST(std::abs(longer - 2000 * share) <= 4 * scatter, longer << " of 2000 draws of " << m);
    }
    BOOST_TEST(noise_norm_of(2, 50) == 2 * std::sqrt(70.0));
    BOOST_TEST(noise_norm_of(0, 7) == 0);
    CHECK_REFUSES(noise_norm_of(-1, 7), "standard deviation of the noise = -1; allowed: >= 0, finite");
    CHECK_REFUSES(noise_norm_of(1, 0), "measurements = 0; allowed: >= 1; pass the size of b");
}

BOOST_AUTO_TEST_CASE(the_deviation_of_the_noise_is_enough_to_find_the_support) {
    for (const auto& [m, n, k] : {std::array<index_t, 3>{60, 200, 5}, {200, 400, 10}, {400, 300, 10}}) {
        int right = 0;
        for (int seed = 0; seed < 40; ++seed) {
            const auto problem = gaussian(m, n, k, std::uint64_t(seed));
            const matrix& A = std::get<matrix>(problem.A);
            const double deviation = 0.05 * problem.b.norm() / std::sqrt(double(m));
            vector b = problem.b;
            add_noise(b, deviation, std::uint64_t(100 + seed));
            const auto result = recover_sparse(A, b, {.stop = {.noise_norm = noise_norm_of(deviation, m)}});
            right += result.solved() && support_of(result.x) == support_of(problem.solution);
        }
        BOOST_TEST(right >= 38, right << " of 40, " << m << " x " << n);
    }
}

BOOST_AUTO_TEST_CASE(it_is_exact_where_basis_pursuit_is) {
    for (const index_t k : {5, 8, 10}) {
        const share found = of_draws(60, 200, k, 40);
        BOOST_TEST(found.exact == 40);
        BOOST_TEST(found.proven >= 30); // basis pursuit itself, for a few pairs more
    }
    const share larger = of_draws(600, 2000, 60, 3);
    BOOST_TEST(larger.exact == 3);
}

BOOST_AUTO_TEST_CASE(it_is_exact_wherever_bregman_iteration_is) {
    for (const index_t k : {10, 13, 16})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto problem = gaussian(60, 150, k, seed);
            const matrix& A = std::get<matrix>(problem.A);
            const auto result = recover_sparse(A, problem.b);
            const bool right = error(result.x, problem.solution) < 1e-5;
            BOOST_TEST((right || !result.solved()));
            if (right) continue;
            BOOST_TEST(result.reason == solver_stop::not_sparse);
            BOOST_TEST((A * result.x - problem.b).norm() <= 1e-5 * problem.b.norm());
            BOOST_TEST(error(bregman_iteration(A, problem.b).x, problem.solution) > 1e-3);
        }
}

BOOST_AUTO_TEST_CASE(a_dense_interpolator_is_never_a_success) {
    const auto problem = gaussian(30, 60, 25, 1); // far beyond what thirty numbers can tell
    const matrix& A = std::get<matrix>(problem.A);
    const auto result = recover_sparse(A, problem.b);
    BOOST_TEST(result.reason == solver_stop::not_sparse);
    BOOST_TEST(!result.solved());
    BOOST_TEST((A * result.x - problem.b).norm() <= 1e-5 * problem.b.norm());
    BOOST_TEST(result.certificate.problem == problem_kind::constrained);
    BOOST_TEST(result.certificate.lambda == 1);
    BOOST_TEST(is_finite(result.certificate.delta));
    const auto once = recover_sparse(A, problem.b, {.stages = 1});
    BOOST_TEST(once.certificate.delta < 0.5 * result.certificate.delta); // delta has grown
    // The end of the last stage is still a solution where its iterations do not suffice.
    const auto cut = recover_sparse(A, problem.b, {.stop = {.max_iterations = once.iterations + 1}});
    BOOST_TEST(cut.reason == solver_stop::not_sparse);
    BOOST_TEST(cut.relative_residual <= 1e-6);
}

BOOST_AUTO_TEST_CASE(repeated_rows_tell_nothing_new_and_do_no_harm) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const auto problem = make_problem<double>(
            {.matrix = matrix_family::duplicate_rows, .rows = 60, .columns = 120, .nonzeros = 4, .seed = seed});
        const auto result = recover_sparse(std::get<matrix>(problem.A), problem.b);
        BOOST_TEST(result.reason == solver_stop::residual);
        BOOST_TEST(support_of(result.x).size() == 4u);
    }
}

BOOST_AUTO_TEST_CASE(without_a_solution_it_gives_the_least_squares_answer_and_says_so) {
    const matrix ones = matrix::Ones(3, 1);
    const vector b = vector::LinSpaced(3, 1, 3);
    const auto mean = recover_sparse(ones, b);
    BOOST_TEST(mean.reason == solver_stop::least_squares);
    BOOST_TEST(!mean.solved());
    BOOST_TEST(std::abs(mean.x[0] - 2) < 1e-9);
    BOOST_TEST(mean.certificate.problem == problem_kind::least_squares);
    BOOST_TEST(mean.certificate.kkt <= 1e-9);

    const matrix tall = families::gaussian(60, 20, 3);
    const vector unrelated = families::gaussian(60, 1, 4).col(0);
    const auto noise = recover_sparse(tall, unrelated, {.significance = 0});
    const vector expected = (tall.transpose() * tall).llt().solve(tall.transpose() * unrelated);
    BOOST_TEST(noise.reason == solver_stop::least_squares);
    BOOST_TEST(error(noise.x, expected) < 1e-8);
    matrix empty_column = tall;
    empty_column.col(7).setZero();
    BOOST_TEST(recover_sparse(empty_column, unrelated, {.significance = 0}).x[7] == 0.0);
    BOOST_TEST(recover_sparse(matrix(matrix::Zero(60, 20)), unrelated).x.norm() == 0.0);

    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const auto problem = make_problem<double>({.matrix = matrix_family::tall,
                                                   .signal = signal_family::signs,
                                                   .columns = 100,
                                                   .nonzeros = 5,
                                                   .decibels = 40,
                                                   .seed = seed});
        const matrix& A = std::get<matrix>(problem.A);
        const auto result = recover_sparse(A, problem.b);
        BOOST_TEST(result.reason == solver_stop::least_squares);
        BOOST_TEST(error(result.x, problem.solution) < 0.01);
        BOOST_TEST(support_of(result.x).size() <= 10u); // without what is not significant
        const vector gradient = A.transpose() * (A * result.x - problem.b);
        for (const index_t i : support_of(result.x))
            BOOST_TEST(std::abs(gradient[i]) <= 1e-7 * (A.transpose() * problem.b).cwiseAbs().maxCoeff());
    }
}

BOOST_AUTO_TEST_CASE(solvers_notice_that_there_is_no_solution) {
    const auto problem =
        make_problem<double>({.matrix = matrix_family::tall, .columns = 100, .decibels = 40, .seed = 1});
    const matrix& A = std::get<matrix>(problem.A);
    for (const dual_step step : {dual_step::fixed, dual_step::accelerated, dual_step::dynamic, dual_step::exact,
                                 dual_step::barzilai_borwein, dual_step::lbfgs}) {
        const auto result = linearised_bregman(A, problem.b, {.step = step});
        BOOST_TEST(result.reason == solver_stop::stagnation);
        BOOST_TEST(result.relative_residual <= 0.02); // the best, not the last
        BOOST_TEST(result.operator_pairs <= 1000);
    }
    BOOST_TEST(bregman_iteration(A, problem.b).reason == solver_stop::stagnation);
    BOOST_TEST(multilevel_linearised_bregman(A, problem.b).reason == solver_stop::stagnation);
    BOOST_TEST(sparse_kaczmarz(A, problem.b, {.stop = {.max_iterations = 100000}}).reason == solver_stop::stagnation);
    BOOST_TEST(split_lbi(A, problem.b).reason == solver_stop::stagnation);
}

/// Badly conditioned is not inconsistent.
BOOST_AUTO_TEST_CASE(a_solution_that_is_slow_to_find_is_not_denied) {
    const vector scales = vector::LinSpaced(20, 0, -4).unaryExpr([](double power) { return std::pow(10, power); });
    const matrix A = scales.asDiagonal();
    const vector b = A * vector::Ones(20);
    for (const dual_step step : {dual_step::fixed, dual_step::exact}) {
        const auto result =
            linearised_bregman(A, b, {.step = step, .stop = {.max_iterations = 1000, .residual = 1e-9}});
        BOOST_TEST(result.reason != solver_stop::stagnation);
    }
}

BOOST_AUTO_TEST_CASE(noise_leaves_the_support) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const auto problem = gaussian(100, 300, 8, seed, 40);
        const matrix& A = std::get<matrix>(problem.A);
        const auto result = recover_sparse(A, problem.b, {.stop = {.noise_norm = problem.noise_norm}});
        BOOST_TEST(result.reason == solver_stop::discrepancy);
        BOOST_TEST(support_of(result.x) == support_of(problem.solution));
        BOOST_TEST((A * result.x - problem.b).norm() <= 1.0101 * problem.noise_norm);
        BOOST_TEST(result.certificate.problem == problem_kind::feasibility);
        BOOST_TEST(result.certificate.feasibility <= 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(observers_see_the_whole_run) {
    const auto problem = gaussian(30, 60, 25, 1); // three stages
    const matrix& A = std::get<matrix>(problem.A);
    std::int64_t last = 0;
    double pairs = 0;
    const auto result = recover_sparse(A, problem.b, {.observer = [&](const auto& now) {
                                           BOOST_TEST(now.iteration > last);
                                           BOOST_TEST(now.operator_pairs > pairs);
                                           last = now.iteration;
                                           pairs = now.operator_pairs;
                                       }});
    BOOST_TEST(last == result.iterations);
    BOOST_TEST(pairs <= result.operator_pairs);
    const auto ended = recover_sparse(A, problem.b, {.observer = [](const auto& now) { return now.iteration < 3; }});
    BOOST_TEST(ended.reason == solver_stop::observer);
    BOOST_TEST(ended.iterations == 3);
}

BOOST_AUTO_TEST_CASE(it_refuses_what_it_cannot_do) {
    const auto problem = gaussian(30, 60, 3, 1);
    const matrix& A = std::get<matrix>(problem.A);
    CHECK_REFUSES(recover_sparse(A, problem.b, {.stages = 0}), "stages = 0; allowed: >= 1");
    CHECK_REFUSES(recover_sparse(A, problem.b, {.delta_growth = 1}), "delta_growth = 1; allowed: > 1");
    CHECK_REFUSES(recover_sparse(A, vector(1e-200 * problem.b)), "largest |b| = ");
    CHECK_REFUSES(recover_sparse(A, vector(1e200 * problem.b)), "largest |b| = ");
    const dense_matrix<float> narrow = A.cast<float>();
    CHECK_REFUSES(recover_sparse(narrow, dense_vector<float>(1e-25f * problem.b.cast<float>())), "largest |b| = ");
}

/// diag(1, 1e-7): an unknown in small units is not lost beside another.
BOOST_AUTO_TEST_CASE(poisson_kkt_is_of_each_unknown) {
    matrix A = matrix::Identity(2, 2);
    A(1, 1) = 1e-7;
    for (const double counts : {1.0, 1e6}) {
        const vector b{{counts, 1}};
        const auto result = poisson_descent(A, b, {.stop = {.max_iterations = 300}});
        BOOST_TEST((!result.solved() || std::abs(result.x[1] * 1e-7 - 1) < 1e-3));
    }
    BOOST_TEST(poisson_descent(A, vector(vector::Ones(2))).solved());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
