#pragma once

#include <bregman/base/finite.hpp>
#include <bregman/solvers/proximal_gradient.hpp>

namespace bregman {

/// Settings of bregman_iteration.
struct bregman_iteration_settings {
    double lambda = 0;              ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.1;   ///< larger: more outer iterations, each of them easier
    double norm_squared = 0;        ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    double inner_kkt = 1e-3;        ///< an inner lasso is solved to this certificate, or to a tenth of the outer
                                    ///< relative residual where that is smaller
    int max_inner_iterations = 200; ///< per outer iteration

    void validate() const {
        require(lambda >= 0 && is_finite(lambda), "lambda", lambda, ">= 0", "0 takes relative_lambda");
        require(relative_lambda > 0 && is_finite(relative_lambda), "relative_lambda", relative_lambda, "> 0, finite",
                "0.1 is the default");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
        require(inner_kkt > 0 && is_finite(inner_kkt), "inner_kkt", inner_kkt, "> 0, finite", "1e-3 is the default");
        require(max_inner_iterations >= 1, "max_inner_iterations", max_inner_iterations, ">= 1", "200 is the default");
    }
};

/// Bregman iteration (Osher, Burger, Goldfarb, Xu, Yin 2005) for basis pursuit, min ||x||_1 subject to A x =
/// b:
///
///     x_{k+1} = argmin ||A x - b_k||^2 / 2 + lambda ||x||_1,      b_{k+1} = b_k + (b - A x_{k+1}),   b_0 = b
///
/// by FISTA, warm-started. Adding the residual back removes the bias of the lasso; for A x = b it ends after
/// finitely many outer iterations, which are what `iterations` counts. result.dual is y = (b_k - A x) /
/// lambda, with A^T y in the subdifferential of ||x||_1 up to the inner accuracy; `start` takes it back.
/// certificate::kkt and gap are those of certify_basis_pursuit.
template <class A, class T, class Observer = no_observer>
solver_result<T> bregman_iteration(const A& matrix, const dense_vector<T>& b,
                                   const bregman_iteration_settings& settings = {}, const stop_rule& stop = {},
                                   const dense_vector<T>& start = {}, Observer&& observer = {}) {
    settings.validate();
    const auto& op = as_operator(matrix);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    stop_monitor<T, std::remove_reference_t<Observer>> monitor(stop, b.norm(), observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(start, b.size(), "start (dual variable)");

    const T relative = T(settings.relative_lambda) * transposed_data.template lpNorm<Eigen::Infinity>();
    const T lambda = settings.lambda > 0 ? T(settings.lambda) : relative > T(0) ? relative : T(1);
    lasso_iteration<T, op_type> inner(a, a.norm_squared(settings.norm_squared), true, true);
    solver_result<T> result;
    result.x = dense_vector<T>::Zero(a.cols());
    result.dual = start.size() > 0 ? start : dense_vector<T>(dense_vector<T>::Zero(b.size()));
    dense_vector<T> data = b + lambda * result.dual, residual = -b;
    certificate<T> seen;
    for (std::int64_t k = 0; !monitor.ends(result, k, residual.norm(), seen, a.pairs()); ++k) {
        const T accuracy = std::min(T(settings.inner_kkt), T(0.1) * residual.norm() / monitor.scale());
        inner.start(result.x, data);
        for (int i = 0; i < settings.max_inner_iterations; ++i) {
            inner.advance(data, lambda);
            if (certify_lasso(data, inner.point(), inner.residual, inner.gradient, lambda).kkt <= accuracy) break;
        }
        result.x = inner.point();
        residual = inner.residual + data - b; // A x - b
        result.dual = -inner.residual / lambda;
        const auto found = certify_basis_pursuit<T>(b, result.x, result.dual, -inner.gradient / lambda, residual);
        seen = {found.kkt(), found.gap};
        data -= residual;
    }
    return result;
}

} // namespace bregman
