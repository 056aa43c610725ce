#include <complex>

#include <Eigen/Eigenvalues>

#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_solvers.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

const sparse_recovery<double>& gaussian_60() {
    static const auto problem = sparse_recovery<double>::gaussian(60, 150, 6, 0.0, 2);
    return problem;
}

/// What `certify` says of l1, by sums written out.
struct written_out {
    double feasibility, kkt, gap, objective;
};
written_out by_hand(const problem_statement<double>& problem, const matrix& A, const vector& b, const vector& x,
                    const vector& y) {
    const bool constrained = problem.kind == problem_kind::constrained;
    double residual = 0, data = 0, l1_norm = 0, squares = 0, length = 0, linear = 0;
    std::vector<double> r(std::size_t(b.size()));
    for (index_t i = 0; i < b.size(); ++i) {
        double image = 0;
        for (index_t j = 0; j < x.size(); ++j) image += A(i, j) * x[j];
        r[std::size_t(i)] = image - b[i];
        residual += (image - b[i]) * (image - b[i]);
        data += b[i] * b[i];
        length += y[i] * y[i];
        linear += b[i] * y[i];
    }
    residual = std::sqrt(residual), data = std::sqrt(data), length = std::sqrt(length);
    written_out seen{};
    double stationarity = 0, conjugate = 0, largest = 0;
    for (index_t j = 0; j < x.size(); ++j) {
        double z = 0, g = 0;
        for (index_t i = 0; i < b.size(); ++i) z += A(i, j) * y[i], g -= A(i, j) * r[std::size_t(i)];
        const double push = (constrained ? z : g) - x[j] / problem.delta;
        if (std::isinf(problem.delta)) {
            const double violation = x[j] > 0   ? std::abs(push - problem.lambda)
                                     : x[j] < 0 ? std::abs(push + problem.lambda)
                                                : std::max(std::abs(push) - problem.lambda, 0.0);
            stationarity = std::max(stationarity, violation / problem.lambda);
        } else {
            const double at = constrained ? z : g;
            const double expected = problem.delta * std::copysign(std::max(std::abs(at) - problem.lambda, 0.0), at);
            stationarity = std::max(stationarity, std::abs(x[j] - expected) / (problem.delta * problem.lambda));
        }
        l1_norm += std::abs(x[j]);
        squares += x[j] * x[j];
        const double beyond = std::max(std::abs(z) - problem.lambda, 0.0);
        conjugate += problem.delta * beyond * beyond / 2;
        largest = std::max(largest, std::abs(z));
    }
    double share = 1;
    if (std::isinf(problem.delta)) share = std::min(1.0, problem.lambda / largest), conjugate = 0;
    const double regularization = problem.lambda * l1_norm + squares / (2 * problem.delta);
    double dual = share * linear - conjugate;
    if (constrained) {
        seen.feasibility = std::max(residual - problem.noise_norm, 0.0) / data;
        seen.kkt = std::max(stationarity, seen.feasibility);
        if (problem.noise_norm > 0) {
            double apart = 0;
            for (index_t i = 0; i < b.size(); ++i)
                apart += std::pow(r[std::size_t(i)] + problem.noise_norm * y[i] / length, 2);
            seen.kkt = std::max(seen.kkt, std::sqrt(apart) / data);
        }
        seen.objective = regularization;
        dual -= problem.noise_norm * share * length;
    } else {
        seen.kkt = stationarity;
        seen.objective = residual * residual / 2 + regularization;
        dual -= share * share * length * length / 2;
    }
    seen.gap = (seen.objective - dual) / std::max(std::abs(seen.objective), std::abs(dual));
    return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certificates)

BOOST_AUTO_TEST_CASE(one_routine_says_what_sums_written_out_say) {
    const auto& [A, b] = gaussian_60().problem;
    const auto rough = linearised_bregman(A, b, {.delta_factor = 10, .stop = {.residual = 1e-2}});
    const vector zero = vector::Zero(150), half = 0.5 * rough.x, other = 0.3 * vector::Ones(60);
    const double infinite = infinity_of<double>();
    for (const problem_kind kind : {problem_kind::constrained, problem_kind::penalised})
        for (const double delta : {infinite, 30.0})
            for (const double noise : {0.0, 0.1 * b.norm()})
                for (const vector& x : {zero, half, rough.x})
                    for (const vector& y : {rough.dual, other}) {
                        const problem_statement<double> problem{
                            .kind = kind, .lambda = 0.7, .delta = delta, .noise_norm = noise};
                        const auto seen = certify(problem, A, b, x, y);
                        const auto expected = by_hand(problem, A, b, x, y);
                        BOOST_TEST(seen.problem == kind);
                        BOOST_TEST(seen.lambda == 0.7);
                        BOOST_TEST(seen.delta == delta);
                        BOOST_TEST(std::abs(seen.feasibility - expected.feasibility) <= 1e-12);
                        BOOST_TEST(std::abs(seen.kkt - expected.kkt) <= 1e-9 * (1 + expected.kkt));
                        BOOST_TEST(std::abs(seen.objective - expected.objective) <= 1e-10 * (1 + expected.objective));
                        BOOST_TEST(std::abs(seen.gap - expected.gap) <= 1e-9);
                    }
}

BOOST_AUTO_TEST_CASE(a_gap_of_what_is_not_feasible_proves_nothing) {
    const auto& [A, b] = gaussian_60().problem;
    const stop_rule by_gap{.residual = 0, .kkt = 0, .gap = 1e-6};
    for (const dual_step step : {dual_step::exact, dual_step::lbfgs, dual_step::accelerated}) {
        const auto result = linearised_bregman(A, b, {.step = step, .delta_factor = 10, .stop = by_gap});
        BOOST_TEST(result.iterations > 3);
        BOOST_TEST(result.reason == solver_stop::gap);
        BOOST_TEST(result.certificate.feasibility <= 1e-6);
        BOOST_TEST((result.x - gaussian_60().solution).norm() <= 1e-4 * gaussian_60().solution.norm());
    }
    const auto pursuit = bregman_iteration(A, b, {.stop = by_gap});
    BOOST_TEST(pursuit.iterations > 1);
    BOOST_TEST(pursuit.reason == solver_stop::gap);
    BOOST_TEST(std::abs(pursuit.certificate.gap) <= 1e-6);
    BOOST_TEST((pursuit.x - gaussian_60().solution).norm() <= 1e-4 * gaussian_60().solution.norm());
}

BOOST_AUTO_TEST_CASE(a_claim_is_made_in_one_place_with_all_of_its_conditions) {
    const stop_rule rule{.residual = 1e-6, .kkt = 1e-6, .gap = 1e-6};
    certificate<double> seen;
    seen.problem = problem_kind::constrained;
    seen.feasibility = 1e-7, seen.kkt = 0.1, seen.gap = nan_of<double>();
    BOOST_TEST(!solved_by(rule, seen, 1e-7, 1e-7)); // feasible and not stationary
    seen.kkt = nan_of<double>();
    BOOST_TEST((solved_by(rule, seen, 1e-7, 1e-7) == solver_stop::residual)); // nothing but feasibility is known
    seen.feasibility = 0.5, seen.gap = 0;
    BOOST_TEST(!solved_by(rule, seen, 0.5, 0.5)); // x = 0, y = 0
    seen.kkt = 1e-7;
    BOOST_TEST((solved_by(rule, seen, 0.5, 0.5) == solver_stop::kkt)); // holds feasibility by its definition
    seen.problem = problem_kind::penalised;
    seen.kkt = 1, seen.gap = 1;
    BOOST_TEST(!solved_by(rule, seen, 0.0, 0.0)); // an interpolation is no solution of a penalised problem
    for (const auto reason :
         {solver_stop::time, solver_stop::max_iterations, solver_stop::stagnation, solver_stop::diverged,
          solver_stop::observer, solver_stop::not_sparse, solver_stop::least_squares})
        BOOST_TEST(!is_solved(reason));
}

BOOST_AUTO_TEST_CASE(polish_claims_no_more_than_it_proves) {
    const auto& [A, b] = gaussian_60().problem;
    const auto nothing = polish(A, b, vector(vector::Zero(150)));
    BOOST_TEST(nothing.reason == solver_stop::least_squares);
    BOOST_TEST(!nothing.solved());
    BOOST_TEST(nothing.certificate.problem == problem_kind::least_squares);
    BOOST_TEST(nothing.relative_residual == 1.0);
    vector half = gaussian_60().solution;
    int left = 3;
    for (index_t i = 0; i < 150; ++i)
        if (half[i] != 0 && left-- > 0) half[i] = 0;
    const auto part = polish(A, b, half);
    BOOST_TEST(part.reason == solver_stop::least_squares);
    BOOST_TEST(part.certificate.kkt <= 1e-9);
    BOOST_TEST(part.relative_residual > 0.1);
    const auto rough = linearised_bregman(A, b, {.delta_factor = 20, .stop = {.residual = 1e-3}});
    const auto whole = polish(A, b, gaussian_60().solution, {.dual = rough.dual});
    BOOST_TEST(whole.reason == solver_stop::kkt);
    BOOST_TEST(whole.certificate.problem == problem_kind::constrained);
    BOOST_TEST(whole.certificate.kkt <= 1e-8);
    // A x = b by an x that basis pursuit would not choose.
    matrix wide(2, 3);
    wide << 1, 0, 1, 0, 1, 1;
    const auto longer = polish(wide, vector(vector::Ones(2)), vector{{1.0, 1.0, 0.0}});
    BOOST_TEST(longer.reason == solver_stop::least_squares);
    BOOST_TEST(longer.certificate.kkt > 0.1);
    // Columns of opposite signs: no y has A_S^T y = sign(x_S).
    matrix opposite(3, 2);
    opposite << 1, -1, 2, -2, 2, -2;
    const auto both = polish(opposite, vector{{3.0, 6.0, 6.0}}, vector{{5.0, 2.0}});
    BOOST_TEST(both.dual.allFinite());
    BOOST_TEST(both.dual.norm() <= 1);
    BOOST_TEST(!both.solved());
}

BOOST_AUTO_TEST_CASE(what_does_not_converge_returns_the_best_that_was_seen) {
    const auto& [A, b] = gaussian_60().problem;
    double least = infinity_of<double>();
    std::int64_t when = 0;
    const auto watch = [&](const solver_progress<double>& now) {
        if (now.relative_residual < least) least = now.relative_residual, when = now.iteration;
    };
    // Without restarts the residual swings.
    const auto result = linearised_bregman(A, b,
                                           {.step = dual_step::accelerated,
                                            .delta_factor = 10,
                                            .restart = false,
                                            .stop = {.max_iterations = 120, .residual = 1e-12},
                                            .observer = watch});
    BOOST_TEST(result.reason == solver_stop::max_iterations);
    BOOST_TEST(result.iterations == 120);
    BOOST_TEST(result.best_iteration == when);
    BOOST_TEST(when < 120);
    BOOST_TEST((A * result.x - b).norm() <= (1 + 1e-9) * least * b.norm());
    // No solution: the least-squares answer, not what an endless dual makes of it.
    const auto none = linearised_bregman(Eigen::Vector3d::Ones(), Eigen::Vector3d(1, 2, 3));
    BOOST_TEST(!none.solved());
    BOOST_TEST(std::abs(none.x[0] - 2) <= 0.2);
    BOOST_TEST(none.relative_residual <= 0.39);
}

BOOST_AUTO_TEST_CASE(a_kick_keeps_the_dual_variable_that_of_x) {
    const auto& [A, b] = gaussian_60().problem;
    const linearised_bregman_settings<> kicking{
        .step = dual_step::fixed, .delta = 20, .kicking = true, .stop = {.residual = 1e-4}};
    const auto result = linearised_bregman(A, b, kicking);
    BOOST_TEST(result.reason == solver_stop::residual);
    BOOST_TEST(result.certificate.kkt <= 1e-4);
    auto warm = kicking;
    warm.warm_start = result.dual;
    BOOST_TEST(linearised_bregman(A, b, warm).iterations == 0);
}

BOOST_AUTO_TEST_CASE(an_operator_of_zeros_and_tiny_numbers_leave_no_nan) {
    const matrix A = matrix::Zero(4, 6);
    const vector b = vector::Ones(4);
    const auto check = [&](const char* name, const solver_result<double>& result) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(result.x.allFinite());
            BOOST_TEST(result.dual.allFinite());
            BOOST_TEST(std::isfinite(result.relative_residual));
            BOOST_TEST(result.relative_residual == 1.0);
        }
    };
    for (const dual_step step : {dual_step::fixed, dual_step::accelerated, dual_step::dynamic, dual_step::exact,
                                 dual_step::barzilai_borwein, dual_step::lbfgs}) {
        const auto result = linearised_bregman(A, b, {.step = step});
        BOOST_TEST(!result.solved());
        BOOST_TEST(result.certificate.delta > 0); // also where there is nothing to take it from
        check("linearised_bregman", result);
    }
    check("bregman_iteration", bregman_iteration(A, b, {.stop = {.max_iterations = 20}}));
    check("sparse_kaczmarz", sparse_kaczmarz(A, b, {.stop = {.max_iterations = 20}}));
    check("multilevel", multilevel_linearised_bregman(A, b, {.stop = {.max_iterations = 20}}));
    check("split_lbi", split_lbi(A, b, {.stop = {.max_iterations = 20}}));
    check("fista", fista(A, b));
    check("rda", rda(A, b, {.stop = {.max_iterations = 20}}));
    check("recover_sparse", recover_sparse(A, b));
    check("polish", polish(A, b, vector(vector::Zero(6))));
}

BOOST_AUTO_TEST_CASE(regularizers_of_every_kind_have_their_certificate) {
    const auto& [A, b] = gaussian_60().problem;
    const auto check = [&, &A = A, &b = b](const char* name, const solver_regularizer<double>& regularizer,
                                           const tensor_shape& shape) {
        BOOST_TEST_CONTEXT(name) {
            const auto result = linearised_bregman(
                A, b, {.delta = 40, .regularizer = regularizer, .shape = shape, .stop = {.residual = 1e-9}});
            BOOST_TEST(result.reason == solver_stop::residual);
            BOOST_TEST(result.certificate.kkt <= 1e-8);
            BOOST_TEST(std::abs(result.certificate.gap) <= 1e-7);
            // A y that is feasible for the problem without ||x||^2 bounds its value from below.
            const problem_statement<double> pure{.regularizer = regularizer, .shape = shape};
            const auto seen = certify(pure, A, b, result.x, result.dual);
            if (regularizer.is_homogeneous()) BOOST_TEST(seen.gap >= -1e-8);
            BOOST_TEST(is_nan(seen.gap) == !regularizer.is_homogeneous());
        }
    };
    check("l1", l1{}, {});
    check("rows of groups", group_rows{}, {{30, 5}});
    check("nuclear", nuclear{}, {{10, 15}, storage_order::column_major});
    check("elastic net", elastic_net{.ratio = 0.1}, {});
}

BOOST_AUTO_TEST_CASE(the_polar_is_the_dual_norm) {
    const vector z = gaussian_60().problem.A.row(0).transpose();
    const auto polar = [&](const solver_regularizer<double>& r, const tensor_shape& shape) {
        return r.polar(z, shape);
    };
    BOOST_TEST(polar(l1{}, {}) == z.lpNorm<Eigen::Infinity>());
    double largest = 0;
    for (index_t row = 0; row < 30; ++row) {
        double squares = 0;
        for (index_t j = 0; j < 5; ++j) squares += z[row * 5 + j] * z[row * 5 + j];
        largest = std::max(largest, std::sqrt(squares / 5));
    }
    BOOST_TEST(std::abs(polar(group_rows{}, {{30, 5}}) - largest) <= 1e-12);
    const matrix square = Eigen::Map<const matrix>(z.data(), 10, 15);
    const double spectral =
        std::sqrt(Eigen::SelfAdjointEigenSolver<matrix>(square * square.transpose()).eigenvalues()[9]);
    BOOST_TEST(std::abs(polar(nuclear{}, {{10, 15}, storage_order::column_major}) - spectral) <= 1e-9);
    BOOST_TEST(is_nan(polar(elastic_net{}, {})));
    CHECK_REFUSES(certify(problem_statement<double>{.regularizer = group_rows{}, .shape = {{30, 4}}},
                          gaussian_60().problem.A, gaussian_60().problem.b, gaussian_60().solution),
                  "size of shape = 120");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
