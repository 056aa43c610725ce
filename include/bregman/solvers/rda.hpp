#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of rda.
struct rda_settings {
    double lambda = 0;             ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.01; ///< at 1 the solution is 0
    double gamma = 0;              ///< > 0: smaller steps; 0: ||A||^2
    double norm_squared = 0;       ///< ||A||^2 where it is known; 0: from the operator, or by power iteration

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
/// last iterate, and the certificate is that of the lasso at x (certify_lasso).
template <class A, class T, class Observer = no_observer>
solver_result<T> rda(const A& matrix, const dense_vector<T>& b, const rda_settings& settings = {},
                     const stop_rule& stop = {}, Observer&& observer = {}) {
    settings.validate();
    const auto& op = as_operator(matrix);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T, std::remove_reference_t<Observer>> monitor(stop, b.norm(), observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    const T relative = T(settings.relative_lambda) * transposed_data.template lpNorm<Eigen::Infinity>();
    const T lambda = settings.lambda > 0 ? T(settings.lambda) : relative > T(0) ? relative : T(1);
    const T norm = settings.gamma > 0 ? T(settings.gamma) : a.norm_squared(settings.norm_squared);
    const T gamma = norm > T(0) ? norm : T(1);

    solver_result<T> result;
    result.x = dense_vector<T>::Zero(a.cols());
    dense_vector<T> mean = result.x, residual, gradient;
    for (std::int64_t k = 0;; ++k) {
        a.normal(result.x, b, residual, gradient);
        const auto seen = certify_lasso(b, result.x, residual, gradient, lambda);
        if (monitor.ends(result, k, residual.norm(), seen, a.pairs())) break;
        mean += (gradient - mean) / T(k + 1);
        result.x = -(std::sqrt(T(k + 1)) / gamma) * (mean - mean.cwiseMax(-lambda).cwiseMin(lambda));
    }
    result.dual = -residual / lambda;
    return result;
}

} // namespace bregman
