#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/penalised_loop.hpp>

namespace bregman {

/// Settings of proximal_gradient and fista, T the scalar of b.
template <class T = double>
struct lasso_settings {
    double lambda = 0;                 ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.01;     ///< at 1 the solution is 0
    double norm_squared = 0;           ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    double continuation = 1;           ///< lambda starts at this share of ||A^T b||_inf where that is larger; 1: off,
    double continuation_factor = 0.25; ///< and falls by this factor, in (0, 1), whenever kkt <= continuation_kkt
    double continuation_kkt = 0.1;     ///< the largest violated optimality condition at which lambda falls
    bool restart = true; ///< fista only: begin anew when the momentum points uphill (O'Donoghue, Candes 2015)
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< an x (n elements), or empty

    void validate() const {
        require(lambda >= 0 && is_finite(lambda), "lambda", lambda, ">= 0", "0 takes relative_lambda");
        require(relative_lambda > 0 && is_finite(relative_lambda), "relative_lambda", relative_lambda, "> 0, finite",
                "0.01 is the default");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
        require(continuation > 0 && continuation <= 1, "continuation", continuation, "(0, 1]", "1 switches it off");
        require(continuation_factor > 0 && continuation_factor < 1, "continuation_factor", continuation_factor,
                "(0, 1)", "0.25 is the default");
        require(continuation_kkt > 0, "continuation_kkt", continuation_kkt, "> 0", "0.1 is the default");
    }
};

/// settings.lambda, or relative_lambda * ||A^T b||_inf where that is 0.
template <class Settings, class T>
real_of<T> chosen_lambda(const Settings& settings, const dense_vector<T>& transposed_data) {
    using real = real_of<T>;
    if (settings.lambda > 0) return real(settings.lambda);
    const real relative = real(settings.relative_lambda) * transposed_data.template lpNorm<Eigen::Infinity>();
    return relative > real(0) ? relative : real(1);
}

/// The steps of proximal_gradient and fista, which bregman_iteration makes too.
template <class T, class A>
class lasso_iteration : public proximal_iteration<T, A> {
  public:
    lasso_iteration(metered_operator<A, T>& a, real_of<T> norm_squared, bool accelerate, bool restart)
        : proximal_iteration<T, A>(a, {.accelerate = accelerate,
                                       .restart = restart,
                                       .lipschitz = norm_squared > real_of<T>(0) ? norm_squared : real_of<T>(1)}) {
    } // 0 is the norm of A = 0
};

/// The shared body of the two functions below.
template <class A, class B>
solver_result<scalar_of<B>> solve_lasso(const A& matrix, const B& data, const lasso_settings<scalar_of<B>>& settings,
                                        bool accelerate) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.stableNorm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, a.cols(), "warm_start (x)");

    const real largest = transposed_data.template lpNorm<Eigen::Infinity>();
    const real lambda = chosen_lambda(settings, transposed_data);
    const lambda_stages<T> stages(lambda, largest, settings.continuation, settings.continuation_factor,
                                  settings.continuation_kkt);
    lasso_iteration<T, op_type> iteration(a, a.norm_squared(settings.norm_squared), accelerate, settings.restart);
    iteration.start(
        settings.warm_start.size() > 0 ? settings.warm_start : dense_vector<T>(dense_vector<T>::Zero(a.cols())), b);
    solver_result<T> result;
    penalised_loop<T, op_type>(iteration, a, b, {.kind = problem_kind::penalised}, stages, lambda, monitor, result);
    return result;
}

/// Proximal gradient descent (ISTA) on the lasso,
///
///     minimise  ||A x - b||^2 / 2 + lambda ||x||_1,        x <- shrink(x - A^T(A x - b) / L, lambda / L), L = ||A||^2
///
/// A baseline: objective O(1/k). Stops by kkt (1e-6 by default), gap or time. result.dual is (b - A x) / lambda. Other losses and
/// regularizers, and step sizes that are found along the way: minimise_penalised (penalised.hpp).
template <class A, class B>
solver_result<scalar_of<B>> proximal_gradient(const A& a, const B& b,
                                              const lasso_settings<scalar_of<B>>& settings = {}) {
    return solve_lasso(a, b, settings, false);
}

/// FISTA (Beck, Teboulle 2009) on the lasso: the same with Nesterov's momentum, objective O(1/k^2).
template <class A, class B>
solver_result<scalar_of<B>> fista(const A& a, const B& b, const lasso_settings<scalar_of<B>>& settings = {}) {
    return solve_lasso(a, b, settings, true);
}

} // namespace bregman
