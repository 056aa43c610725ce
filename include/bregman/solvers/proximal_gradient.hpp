#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/curvature.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of proximal_gradient and fista, T the scalar of b.
template <class T = double>
struct lasso_settings {
    double lambda = 0;                 ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.01;     ///< at 1 the solution is 0
    double norm_squared = 0;           ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    double continuation = 1;           ///< lambda starts at this share of ||A^T b||_inf where that is larger; 1: off,
    double continuation_factor = 0.25; ///< and falls by this factor, in (0, 1), whenever kkt <= continuation_kkt
    double continuation_kkt = 0.1;
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

/// The loop of proximal_gradient and fista, which bregman_iteration uses too.
template <class T, class A>
class lasso_iteration {
    using real = real_of<T>;

  public:
    lasso_iteration(metered_operator<A, T>& a, real norm_squared, bool accelerate, bool restart)
        : a_(a), curvature_(norm_squared > real(0) ? norm_squared : real(1)), accelerate_(accelerate),
          restart_(restart) {}

    dense_vector<T> x;                  ///< the iterate
    dense_vector<T> residual, gradient; ///< at the extrapolated point that the last step was made from

    /// Starts at x0, whose residual and gradient cost one pair.
    void start(const dense_vector<T>& x0, const dense_vector<T>& b) {
        x = point_ = x0;
        momentum_ = 1;
        a_.residual(point_, b, residual);
        a_.apply_transposed(residual, gradient);
    }

    /// x <- shrink(point - g / L, lambda / L), and the next point with its gradient.
    void advance(const dense_vector<T>& b, real lambda) {
        before_.swap(x);
        const real step = 1 / curvature_.bound();
        x = point_ - step * gradient;
        regularizer_.prox(x, step * lambda, {});
        real beta = 0;
        if (accelerate_) {
            if (restart_ && inner(point_ - x, x - before_) > real(0)) momentum_ = 1;
            const real next = (1 + std::sqrt(1 + 4 * momentum_ * momentum_)) / 2;
            beta = (momentum_ - 1) / next;
            momentum_ = next;
        }
        from_.swap(point_);
        previous_.swap(residual);
        point_ = x + beta * (x - before_);
        a_.residual(point_, b, residual);
        // ||A d||^2 / ||d||^2 of the move d: no more than ||A||^2.
        const real image = (residual - previous_).squaredNorm(), moved = (point_ - from_).squaredNorm();
        if (curvature_.sees(moved, image, previous_.squaredNorm())) momentum_ = 1;
        a_.apply_transposed(residual, gradient);
    }

    const dense_vector<T>& point() const { return point_; }
    void begin_anew() { momentum_ = 1; }

  private:
    metered_operator<A, T>& a_;
    solver_regularizer<T> regularizer_;
    curvature_watch<T> curvature_;
    bool accelerate_, restart_;
    real momentum_ = 1;
    dense_vector<T> point_, before_, from_, previous_;
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
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, a.cols(), "warm_start (x)");

    const real largest = transposed_data.template lpNorm<Eigen::Infinity>();
    const real final_lambda = chosen_lambda(settings, transposed_data);
    real lambda =
        settings.continuation < 1 ? std::max(final_lambda, real(settings.continuation) * largest) : final_lambda;

    lasso_iteration<T, op_type> iteration(a, a.norm_squared(settings.norm_squared), accelerate, settings.restart);
    iteration.start(
        settings.warm_start.size() > 0 ? settings.warm_start : dense_vector<T>(dense_vector<T>::Zero(a.cols())), b);
    solver_result<T> result;
    problem_statement<T> problem{.kind = problem_kind::penalised};
    dense_vector<T> dual, z;
    for (std::int64_t k = 0;; ++k) {
        // The certificate is that of the point whose gradient is known, and so is the x that is returned.
        problem.lambda = lambda;
        dual = -iteration.residual, z = -iteration.gradient;
        auto seen = certify_from<T>(problem, b, iteration.point(), dual, z, iteration.residual, iteration.gradient, 0);
        result.x = iteration.point();
        result.dual = dual / lambda;
        const bool on_the_way = lambda > final_lambda;
        if (on_the_way) {
            if (seen.kkt <= real(settings.continuation_kkt)) {
                lambda = std::max(final_lambda, lambda * real(settings.continuation_factor));
                iteration.begin_anew();
            }
            seen.kkt = seen.gap = seen.objective = nan_of<real>(); // of another problem
        }
        if (monitor.ends(result, k, iteration.residual.norm(), seen, a.pairs())) break;
        iteration.advance(b, lambda);
    }
    result.operator_pairs = a.pairs();
    return result;
}

/// Proximal gradient descent (ISTA) on the lasso,
///
///     minimise  ||A x - b||^2 / 2 + lambda ||x||_1,        x <- shrink(x - A^T(A x - b) / L, lambda / L), L
///     = ||A||^2
///
/// A baseline: objective O(1/k). Stops by kkt (1e-6 by default), gap, discrepancy or time. result.dual is (b - A x) / lambda.
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
