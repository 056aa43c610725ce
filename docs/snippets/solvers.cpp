// docs/solvers/index.md, operators.md, certificates.md
#include "snippets.hpp"

#include <iostream>

#include <bregman/problems/least_squares.hpp>
#include <bregman/problems/partial_dct_recovery.hpp>
#include <bregman/solvers.hpp>

bool solver_works() {
    // 2000 unknowns, 60 of them not zero, 600 measurements; A is an Eigen matrix
    const auto recovery = bregman::sparse_recovery<double>::gaussian(600, 2000, 60);
    const Eigen::MatrixXd& A = recovery.problem.A;
    const Eigen::VectorXd& b = recovery.problem.b;

    const auto result = bregman::recover_sparse(A, b, {}, {.residual = 1e-8, .seconds = 10});
    std::cout << result.reason << " after " << result.operator_pairs << " products with A and A'\n";

    return (result.x - recovery.solution).norm() <= 1e-7 * recovery.solution.norm();
}

bool noisy_solver_works() {
    const auto clean = bregman::partial_dct_recovery<double>::make(400, 1000, 30);
    const double noise = bregman::noise_at<double>(clean.b, 30); // standard deviation at 30 dB
    const auto noisy = bregman::partial_dct_recovery<double>::make(400, 1000, 30, noise);

    const bregman::stop_rule stop{.noise_norm = noise * std::sqrt(400)}; // the discrepancy principle
    const auto result = bregman::recover_sparse(noisy.A, noisy.b, {}, stop);

    return result.reason == bregman::solver_stop::discrepancy &&
           (result.x - noisy.solution).norm() <= 0.1 * noisy.solution.norm();
}

bool certificate_works() {
    const auto recovery = bregman::sparse_recovery<double>::gaussian(200, 500, 10);
    const auto& [A, b] = recovery.problem;

    const auto rough = bregman::linearised_bregman(A, b, {.delta_factor = 20}, {.residual = 1e-3});
    const auto sharp = bregman::polish(A, b, rough.x, {}, rough.dual);
    const auto proof = bregman::certify_basis_pursuit(A, b, sharp.x, sharp.dual);
    std::cout << "||x||_1 is within " << 100 * proof.gap << " % of the least possible\n";

    return proof.kkt() <= 1e-2 && proof.residual <= 1e-9;
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
