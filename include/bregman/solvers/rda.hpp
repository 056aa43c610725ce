#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/proximal_gradient.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of rda, T the scalar of b.
template <class T = double>
struct rda_settings {
    double lambda = 0;             ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.01; ///< at 1 the solution is 0
    double gamma = 0;              ///< > 0: smaller steps; 0: ||A||^2
    double norm_squared = 0;       ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    stop_rule stop = {};
    solver_observer<T> observer = {};

    void validate() const {
        require(lambda >= 0 && is_finite(lambda), "lambda", lambda, ">= 0", "0 takes relative_lambda");
        require(relative_lambda > 0 && is_finite(relative_lambda), "relative_lambda", relative_lambda, "> 0, finite",
                "0.01 is the default");
        require(gamma >= 0 && is_finite(gamma), "gamma", gamma, ">= 0, finite", "0 takes ||A||^2");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
    }
};

/// Regularized dual averaging (Xiao 2010) on the lasso ||A x - b||^2 / 2 + lambda ||x||_1 with full
/// gradients:
///
///     x_{k+1} = -(sqrt(k) / gamma) shrink(mean of g_1 ... g_k, lambda),        g_k = A^T(A x_k - b)
///
/// The whole lambda acts on the mean gradient, so that iterates are sparse from the start; the objective of
/// the averaged iterate falls as O(1 / sqrt(k)): a method for noisy gradients, here as a baseline. x is the
/// last iterate, and the certificate is that of the lasso at x.
template <class A, class B>
solver_result<scalar_of<B>> rda(const A& matrix, const B& data, const rda_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const real lambda = chosen_lambda(settings, checked_transposed_data(a, b));
    const real norm = settings.gamma > 0 ? real(settings.gamma) : a.norm_squared(settings.norm_squared);
    const real gamma = norm > real(0) ? norm : real(1);

    const problem_statement<T> problem{.kind = problem_kind::penalised, .lambda = lambda};
    solver_result<T> result;
    result.x = dense_vector<T>::Zero(a.cols());
    dense_vector<T> mean = result.x, residual, gradient, dual, z;
    for (std::int64_t k = 0;; ++k) {
        a.normal(result.x, b, residual, gradient);
        dual = -residual, z = -gradient;
        result.dual = dual / lambda;
        const auto seen = certify_from<T>(problem, b, result.x, dual, z, residual, gradient, 0);
        if (monitor.ends(result, k, residual.norm(), seen, a.pairs())) break;
        mean += (gradient - mean) / real(k + 1);
        result.x = -mean;
        problem.regularizer.prox(result.x, lambda, {});
        result.x *= std::sqrt(real(k + 1)) / gamma;
    }
    return result;
}

} // namespace bregman
