#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of proximal_gradient and fista.
struct lasso_settings {
    double lambda = 0;                 ///< weight of ||x||_1; 0: relative_lambda * ||A^T b||_inf
    double relative_lambda = 0.01;     ///< at 1 the solution is 0
    double norm_squared = 0;           ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    double continuation = 1;           ///< lambda starts at this share of ||A^T b||_inf where that is larger; 1: off,
    double continuation_factor = 0.25; ///< and falls by this factor, in (0, 1), whenever kkt <= continuation_kkt
    double continuation_kkt = 0.1;
    bool restart = true; ///< fista only: begin anew when the momentum points uphill (O'Donoghue, Candes 2015)

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

/// The loop of proximal_gradient and fista, which bregman_iteration uses too.
template <class T, class A>
class lasso_iteration {
  public:
    lasso_iteration(metered_operator<A, T>& a, T norm_squared, bool accelerate, bool restart)
        : a_(a), step_(norm_squared > T(0) ? 1 / norm_squared : T(1)), accelerate_(accelerate), restart_(restart) {}

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
    void advance(const dense_vector<T>& b, T lambda) {
        before_.swap(x);
        x = point_ - step_ * gradient;
        const T threshold = step_ * lambda;
        x -= x.cwiseMax(-threshold).cwiseMin(threshold).eval();
        T beta = 0;
        if (accelerate_) {
            if (restart_ && (point_ - x).dot(x - before_) > T(0)) momentum_ = 1;
            const T next = (1 + std::sqrt(1 + 4 * momentum_ * momentum_)) / 2;
            beta = (momentum_ - 1) / next;
            momentum_ = next;
        }
        point_ = x + beta * (x - before_);
        a_.residual(point_, b, residual);
        a_.apply_transposed(residual, gradient);
    }

    const dense_vector<T>& point() const { return point_; }
    void begin_anew() { momentum_ = 1; }

  private:
    metered_operator<A, T>& a_;
    T step_;
    bool accelerate_, restart_;
    T momentum_ = 1;
    dense_vector<T> point_, before_;
};

/// The shared body of the two functions below.
template <class A, class T, class Observer>
solver_result<T> solve_lasso(const A& matrix, const dense_vector<T>& b, const lasso_settings& settings,
                             const stop_rule& stop, const dense_vector<T>& start, Observer& observer, bool accelerate) {
    settings.validate();
    const auto& op = as_operator(matrix);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    stop_monitor<T, Observer> monitor(stop, b.norm(), observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(start, a.cols(), "start (x)");

    const T largest = transposed_data.template lpNorm<Eigen::Infinity>();
    const T relative = T(settings.relative_lambda) * largest;
    const T final_lambda = settings.lambda > 0 ? T(settings.lambda) : relative > T(0) ? relative : T(1);
    T lambda = settings.continuation < 1 ? std::max(final_lambda, T(settings.continuation) * largest) : final_lambda;

    lasso_iteration<T, op_type> iteration(a, a.norm_squared(settings.norm_squared), accelerate, settings.restart);
    iteration.start(start.size() > 0 ? start : dense_vector<T>(dense_vector<T>::Zero(a.cols())), b);
    solver_result<T> result;
    for (std::int64_t k = 0;; ++k) {
        // The certificate is that of the point whose gradient is known, and so is the x that is returned.
        const auto seen = certify_lasso(b, iteration.point(), iteration.residual, iteration.gradient, lambda);
        result.x = iteration.point();
        if (lambda > final_lambda) {
            if (seen.kkt <= T(settings.continuation_kkt)) {
                lambda = std::max(final_lambda, lambda * T(settings.continuation_factor));
                iteration.begin_anew();
            }
            const certificate<T> unknown;
            if (monitor.ends(result, k, iteration.residual.norm(), unknown, a.pairs())) break;
        } else if (monitor.ends(result, k, iteration.residual.norm(), seen, a.pairs())) {
            break;
        }
        iteration.advance(b, lambda);
    }
    result.dual = -iteration.residual / lambda;
    return result;
}

/// Proximal gradient descent (ISTA) on the lasso,
///
///     minimise  ||A x - b||^2 / 2 + lambda ||x||_1,        x <- shrink(x - A^T(A x - b) / L, lambda / L), L
///     = ||A||^2
///
/// A baseline: objective O(1/k). `start` is an x (n elements) or empty. Stops by kkt (1e-6 by default), gap,
/// discrepancy or time; a residual of 1e-6 ||b|| is seldom reached. result.dual is (b - A x) / lambda.
template <class A, class T, class Observer = no_observer>
solver_result<T> proximal_gradient(const A& a, const dense_vector<T>& b, const lasso_settings& settings = {},
                                   const stop_rule& stop = {}, const dense_vector<T>& start = {},
                                   Observer&& observer = {}) {
    return solve_lasso(a, b, settings, stop, start, observer, false);
}

/// FISTA (Beck, Teboulle 2009) on the lasso: the same with Nesterov's momentum, objective O(1/k^2).
template <class A, class T, class Observer = no_observer>
solver_result<T> fista(const A& a, const dense_vector<T>& b, const lasso_settings& settings = {},
                       const stop_rule& stop = {}, const dense_vector<T>& start = {}, Observer&& observer = {}) {
    return solve_lasso(a, b, settings, stop, start, observer, true);
}

} // namespace bregman
