// docs/solvers/index.md, settings.md, operators.md, certificates.md
#include "snippets.hpp"

#include <iostream>

#include <bregman/problems/least_squares.hpp>
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/solvers.hpp>

bool solver_works() {
    // 2000 unknowns, 60 of them not zero, 600 measurements; A is an Eigen matrix
    const auto recovery = bregman::sparse_recovery<double>::gaussian(600, 2000, 60);
    const Eigen::MatrixXd& A = recovery.problem.A;
    const Eigen::VectorXd& b = recovery.problem.b;

    const auto result = bregman::recover_sparse(A, b, {.stop = {.residual = 1e-8, .seconds = 10}});
    std::cout << result.reason << " after " << result.operator_pairs << " products with A and A'\n";

    return (result.x - recovery.solution).norm() <= 1e-7 * recovery.solution.norm();
}

bool noisy_solver_works() {
    const auto clean = bregman::partial_dct_recovery<double>::make(400, 1000, 30);
    const double noise = bregman::noise_at<double>(clean.b, 30); // standard deviation at 30 dB
    const auto noisy = bregman::partial_dct_recovery<double>::make(400, 1000, 30, noise);

    const bregman::stop_rule stop{.noise_norm = bregman::noise_norm_of(noise, 400)}; // the discrepancy principle
    const auto result = bregman::recover_sparse(noisy.A, noisy.b, {.stop = stop});

    return result.reason == bregman::solver_stop::discrepancy &&
           (result.x - noisy.solution).norm() <= 0.1 * noisy.solution.norm();
}

bool certificate_works() {
    const auto recovery = bregman::sparse_recovery<double>::gaussian(200, 500, 10);
    const auto& [A, b] = recovery.problem;

    const auto rough = bregman::linearised_bregman(A, b, {.delta_factor = 20, .stop = {.residual = 1e-3}});
    const auto sharp = bregman::polish(A, b, rough.x, {.dual = rough.dual});
    const auto proof = bregman::certify(bregman::problem_statement<double>{}, A, b, sharp.x, sharp.dual);
    std::cout << "||x||_1 is within " << 100 * proof.gap << " % of the least possible\n";

    return proof.kkt <= 1e-8 && proof.feasibility <= 1e-9;
}

bool own_operator_works() {
    // Second differences: a matrix that is nowhere stored.
    const auto A = bregman::matrix_free_operator(
        98, 100, [](const auto& x, auto& y) { y = x.head(98) - 2 * x.segment(1, 98) + x.tail(98); },
        [](const auto& y, auto& x) {
            x.setZero(100);
            x.head(98) += y, x.segment(1, 98) -= 2 * y, x.tail(98) += y;
        });
    return bregman::adjoint_error<double>(A) < 1e-13;
}

bool solver_with_regularizer_works() {
    const auto recovery = bregman::sparse_recovery<double>::gaussian(40, 80, 4);
    const auto& [A, b] = recovery.problem;

    const auto watch = [](const bregman::solver_progress<double>& now) { return now.iteration < 500; };
    const auto result = bregman::linearised_bregman(
        A, b, {.delta = 20, .regularizer = bregman::elastic_net{.ratio = 0.1}, .stop = {.kkt = 0}, .observer = watch});

    return result.relative_residual <= 1e-6 || result.reason == bregman::solver_stop::observer;
}

/// The tables of settings.
bool the_settings_of_solvers_are_right() {
    const bregman::stop_rule stop;
    const bregman::recover_settings<> recover;
    const bregman::linearised_bregman_settings<> linearised;
    const bregman::bregman_iteration_settings<> iteration;
    const bregman::sparse_kaczmarz_settings<> kaczmarz;
    const bregman::multilevel_settings<> multilevel;
    const bregman::split_lbi_settings<> split;
    const bregman::lasso_settings<> lasso;
    const bregman::rda_settings<> rda;
    const bregman::poisson_settings<> poisson;
    const bregman::polish_settings<> polish;
    return stop.max_iterations == 10000 && stop.residual == 1e-6 && stop.noise_norm == 0 &&
           stop.discrepancy_factor == 1.01 && stop.kkt == 1e-6 && stop.gap == 0 && stop.seconds == 0 &&
           recover.bregman.delta_factor == 10 && recover.first_attempt == 0.6 && recover.next_attempt == 0.3 &&
           recover.threshold == 3.2 && recover.largest_support == 0.5 && recover.significance == 3 &&
           recover.stages == 3 && recover.delta_growth == 10 && recover.certify &&
           linearised.step == bregman::dual_step::lbfgs && linearised.lambda == 1 && linearised.delta == 0 &&
           linearised.delta_factor == 2 && linearised.h == 0 && linearised.norm_squared == 0 && !linearised.kicking &&
           linearised.kick_tolerance == 1e-3 && linearised.restart && linearised.memory == 10 &&
           linearised.continuation == 1 && linearised.continuation_growth == 4 &&
           linearised.continuation_residual == 0.05 && linearised.shape.extents.empty() && iteration.lambda == 0 &&
           iteration.relative_lambda == 0.1 && iteration.norm_squared == 0 && iteration.inner_kkt == 1e-3 &&
           iteration.max_inner_iterations == 200 && kaczmarz.lambda == 1 && kaczmarz.delta == 0 &&
           kaczmarz.delta_factor == 5 && kaczmarz.exact && kaczmarz.seed == 0 && multilevel.lambda == 1 &&
           multilevel.delta == 0 && multilevel.delta_factor == 2 && multilevel.h == 1 &&
           multilevel.support_steps == 99 && multilevel.norm_squared == 0 && split.kappa == 30 && split.nu == 1 &&
           split.step == 1 && split.norm_squared == 0 && split.record_every == 0 && lasso.lambda == 0 &&
           lasso.relative_lambda == 0.01 && lasso.norm_squared == 0 && lasso.continuation == 1 &&
           lasso.continuation_factor == 0.25 && lasso.continuation_kkt == 0.1 && lasso.restart && rda.lambda == 0 &&
           rda.relative_lambda == 0.01 && rda.gamma == 0 && rda.norm_squared == 0 &&
           poisson.mirror == bregman::poisson_mirror::burg && poisson.background == 0 && poisson.lambda == 0 &&
           poisson.growth == 2 && polish.tolerance == 1e-10 && polish.max_iterations == 500 &&
           polish.negligible == 1e-7 && polish.significance == 0 && polish.rounds == 10 && polish.certify &&
           polish.feasible == 1e-6 && polish.proven == 1e-6 && polish.dual.size() == 0;
}
