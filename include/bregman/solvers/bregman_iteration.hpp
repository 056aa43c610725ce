#pragma once

#include <bregman/base/finite.hpp>
#include <bregman/solvers/consistency.hpp>
#include <bregman/solvers/proximal_gradient.hpp>

namespace bregman {

/// Settings of bregman_iteration, T the scalar of b.
template <class T = double>
struct bregman_iteration_settings {
    double lambda = 0;              ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.1;   ///< larger: more outer iterations, each of them easier
    double norm_squared = 0;        ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    double inner_kkt = 1e-3;        ///< an inner lasso is solved to this certificate, or to a tenth of the outer
                                    ///< relative residual where that is smaller
    int max_inner_iterations = 200; ///< per outer iteration
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the dual variable of an earlier result (m elements), or empty

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
/// lambda, with A^T y in the subdifferential of ||x||_1 up to the inner accuracy; `warm_start` takes it back.
/// The certificate is that of basis pursuit. Where A x = b has no solution it ends by stagnation (consistency.hpp).
template <class A, class B>
solver_result<scalar_of<B>> bregman_iteration(const A& matrix, const B& given,
                                              const bregman_iteration_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(given);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, b.size(), "warm_start (dual variable)");

    const real lambda = chosen_lambda(settings, transposed_data);
    lasso_iteration<T, op_type> inner_solver(a, a.norm_squared(settings.norm_squared), true, true);
    const problem_statement<T> pursuit{.noise_norm = real(settings.stop.noise_norm)};
    const problem_statement<T> lasso{.kind = problem_kind::penalised, .lambda = lambda};
    solver_result<T> result;
    result.x = dense_vector<T>::Zero(a.cols());
    result.dual =
        settings.warm_start.size() > 0 ? settings.warm_start : dense_vector<T>(dense_vector<T>::Zero(b.size()));
    dense_vector<T> data = b + lambda * result.dual, residual = -b, z;
    certificate<real> seen;
    seen.problem = problem_kind::constrained;
    consistency_watch<T> consistency(settings.stop, monitor.scale(), 10);
    for (std::int64_t k = 0; !monitor.ends(result, k, residual.norm(), seen, a.pairs()); ++k) {
        if (consistency.refutes(a, b, residual.norm())) {
            monitor.give_up(result, solver_stop::stagnation);
            break;
        }
        const real accuracy = std::min(real(settings.inner_kkt), real(0.1) * residual.norm() / monitor.scale());
        inner_solver.start(result.x, data);
        for (int i = 0; i < settings.max_inner_iterations; ++i) {
            inner_solver.advance(data, lambda);
            if (lasso.map().stationarity(-inner_solver.gradient, inner_solver.point()) <= accuracy) break;
        }
        result.x = inner_solver.point();
        residual = inner_solver.residual + data - b; // A x - b
        result.dual = -inner_solver.residual / lambda;
        z = -inner_solver.gradient / lambda;
        seen = certify_from<T>(pursuit, b, result.x, result.dual, z, residual, {}, 0);
        data -= residual;
    }
    result.operator_pairs = a.pairs();
    return result;
}

} // namespace bregman
