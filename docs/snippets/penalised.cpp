#include <algorithm>
#include <cmath>
#include <iostream>

#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/solvers.hpp>

#include "snippets.hpp"

namespace {

/// 200 samples of 500 numbers, of which ten decide.
struct samples {
    Eigen::MatrixXd A;
    Eigen::VectorXd b;

    samples() {
        const auto recovery = bregman::sparse_recovery<double>::gaussian(200, 500, 10, 0.1);
        A = recovery.problem.A, b = recovery.problem.b;
    }
};

/// log cosh(p - b): a loss between the square and the modulus.
struct log_cosh {
    double value(double p, double b) const { return std::log(std::cosh(p - b)); }
    double gradient(double p, double b) const { return std::tanh(p - b); }
};

} // namespace

bool logistic_regression_works() {
    const auto [A, b] = samples();
    const Eigen::VectorXd labels = (b.array() > 0).cast<double>(); // 0 and 1, or -1 and 1

    const auto result = bregman::minimise_penalised(A, labels,
                                                    {.loss = bregman::logistic_loss{},
                                                     .lambda = 1, // scikit-learn's 1 / C
                                                     .intercept = true});
    std::cout << result.reason << ": " << bregman::support_of(result.x).size() << " coefficients, intercept "
              << result.intercept << ", within " << result.certificate.gap << " of the least objective\n";

    return result.solved() && std::abs(result.certificate.gap) <= 1e-5;
}

bool penalised_path_works() {
    const auto [A, b] = samples();

    const auto path = bregman::penalised_path(
        A, b,
        {.each = {.loss = bregman::huber_loss{.threshold = 0.2}}, // outliers pull no harder than 0.2
         .count = 20,
         .smallest = 0.02, // of lambda_max
         .observer = [](const bregman::path_progress<double>& now) {
             const auto nonzeros = bregman::support_of(now.result.x).size();
             std::cout << now.index + 1 << " of " << now.count << ": lambda " << now.result.certificate.lambda << ", "
                       << nonzeros << " coefficients\n";
             return nonzeros <= 50; // false ends the path
         }});

    return path.size() >= 2 && path.front().x.norm() == 0;
}

bool own_loss_works() {
    const auto [A, b] = samples();

    const auto result = bregman::minimise_penalised(A, b, {.loss = log_cosh{}, .relative_lambda = 0.1});

    return result.solved() && bregman::is_nan(result.certificate.gap);
}

bool multi_task_works() {
    const auto [A, b] = samples();
    Eigen::MatrixXd B(200, 3);
    B << b, 2 * b, -b;

    const bregman::columnwise_operator<double, Eigen::MatrixXd> tasks(A, B.cols());
    const auto result = bregman::minimise_penalised(
        tasks, B.reshaped(), {.relative_lambda = 0.2, .regularizer = bregman::group_rows{}, .shape = tasks.shape()});
    const auto X = result.x.reshaped(A.cols(), B.cols()); // whole rows are zero

    return result.solved() && (X.col(1) - 2 * X.col(0)).norm() <= 1e-4 * X.norm();
}

bool stated_penalised_problem_works() {
    const auto [A, b] = samples();
    const auto result = bregman::minimise_penalised(
        A, b, {.lambda = 0.05, .regularizer = bregman::elastic_net{.ratio = 0.5}, .intercept = true});

    const auto proof = bregman::certify({.kind = bregman::problem_kind::penalised,
                                         .lambda = 0.05,
                                         .regularizer = bregman::elastic_net{.ratio = 0.5},
                                         .intercept = result.intercept},
                                        A, b, result.x);
    std::cout << "kkt " << proof.kkt << ", gap " << proof.gap << '\n';

    return proof.kkt <= 1e-6 && proof.gap <= 1e-6;
}

/// The tables of settings.
bool the_settings_of_penalised_problems_are_right() {
    const bregman::penalised_settings<> s;
    const bregman::penalised_path_settings<> path;
    return s.loss.is_quadratic() && s.lambda == 0 && s.relative_lambda == 0.01 && s.regularizer.is_l1() &&
           s.shape.extents.empty() && !s.intercept && s.norm_squared == 0 && s.continuation == 0.5 &&
           s.continuation_factor == 0.25 && s.continuation_kkt == 0.1 && s.accelerate && s.restart &&
           s.warm_start.size() == 0 && path.lambdas.empty() && path.count == 50 && path.smallest == 0.01 &&
           bregman::huber_loss{}.threshold == 1;
}
