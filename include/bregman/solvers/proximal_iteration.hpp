#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/curvature.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/primal_map.hpp>
#include <bregman/solvers/solver_loss.hpp>

namespace bregman {

/// What proximal_iteration minimises, but for b and lambda, and how.
template <class T>
struct proximal_method {
    solver_loss<T> loss = {};
    solver_regularizer<T> regularizer = {};
    tensor_shape shape = {};
    bool intercept = false;   ///< c, by which f(x) is the least over c of sum l(a_i x + c, b_i)
    bool accelerate = true;   ///< Nesterov's momentum: FISTA; else ISTA
    bool restart = true;      ///< begin anew when the momentum points uphill (O'Donoghue, Candes 2015)
    real_of<T> lipschitz = 0; ///< of grad f, where it is known; 0: found by a search along the way
};

/// Proximal gradient steps on f(x) + lambda J(x), f(x) = sum l(a_i x, b_i): ISTA and FISTA (Beck, Teboulle 2009),
///
///     x <- prox_{lambda J / L}(y - grad f(y) / L),        y <- x + beta (x - x_before)
///
/// A step costs one A x, from the support of x where the operator can, and one A^T u: A y comes from A x by linearity.
///
/// L is given, and grows where the steps show more (curvature_watch); or it is searched: a step is taken back when f curves more
/// than L along it, and L falls slowly where it curves less. What it curves is seen from A x alone, at k/(2n) of a pair for k
/// non-zeros, and on a sparse x it is far below ||A||^2, which nobody has to know then.
template <class T, class A>
class proximal_iteration {
    using real = real_of<T>;

  public:
    proximal_iteration(metered_operator<A, T>& a, const proximal_method<T>& method)
        : a_(a), method_(method), watch_(method.lipschitz > real(0) ? method.lipschitz : real(1)),
          lipschitz_(watch_.bound()), searches_(!(method.lipschitz > real(0))) {}

    dense_vector<T> x; ///< the iterate
    dense_vector<T> residual,
        gradient; ///< l'(A y + c) and A^T of it, y the point of the next step: A y - b of the quadratic loss

    const dense_vector<T>& point() const { return point_; }      ///< y
    const dense_vector<T>& image() const { return prediction_; } ///< A y + c
    T intercept() const { return intercept_; }                   ///< c, the best one for y
    real loss() const { return loss_; }                          ///< f(y), of other losses than the quadratic one
    /// ||x - y||_inf L of the last step, from y to x: how far y was from optimal.
    real last_move() const { return last_move_; }
    /// Whether the last step changed no bit.
    bool stands_still() const { return last_move_ == real(0); }
    void begin_anew() { momentum_ = 1; }

    /// Starts at x0, whose residual and gradient cost one pair.
    void start(const dense_vector<T>& x0, const dense_vector<T>& b) {
        x = point_ = x0;
        momentum_ = 1;
        last_move_ = infinity_of<real>();
        a_.apply(x, image_);
        point_image_ = image_;
        evaluate(b);
        if (searches_ && !searched_) guess_lipschitz(b);
    }

    /// Makes the point x itself, which the last prox has put where J is finite: one A^T u, and momentum begins anew.
    void return_to_iterate(const dense_vector<T>& b) {
        momentum_ = 1;
        point_ = x, point_image_ = image_;
        evaluate(b);
    }

    /// One step, and the next point with its gradient.
    void advance(const dense_vector<T>& b, real lambda) {
        before_.swap(x);
        image_before_.swap(image_);
        step(b, lambda);
        last_move_ = (x - point_).template lpNorm<Eigen::Infinity>() * lipschitz_;
        real beta = 0;
        if (method_.accelerate) {
            if (method_.restart && points_uphill()) momentum_ = 1;
            const real change = used_ > real(0) ? lipschitz_ / used_ : real(1); // Scheinberg, Goldfarb, Bai 2014
            const real next = (1 + std::sqrt(1 + 4 * momentum_ * momentum_ * change)) / 2;
            beta = std::min((momentum_ - 1) / next, real(1));
            momentum_ = next;
        }
        used_ = lipschitz_;
        // By what L falls in a run of momentum grows with its length: a step that had to be shortened costs momentum.
        if (searches_) lipschitz_ = std::max(seen_, lipschitz_ * (1 - real(0.5) / (1 + momentum_)));
        point_ = x + beta * (x - before_);
        point_image_ = image_ + beta * (image_ - image_before_);
        evaluate(b);
    }

  private:
    /// Whether <y - x, x - x_before> > 0. In units of x, where squares of small numbers would be 0.
    bool points_uphill() const {
        const real size =
            x.size() == 0 ? real(0) : std::max(x.template lpNorm<Eigen::Infinity>(), last_move_ / lipschitz_);
        if (!(size > real(0)) || !is_finite(1 / size)) return false;
        return inner((point_ - x) / size, (x - before_) / size) > real(0);
    }

    void step(const dense_vector<T>& b, real lambda) {
        for (int trial = 0;; ++trial) {
            const real length = 1 / lipschitz_;
            x = point_ - length * gradient;
            method_.regularizer.prox(x, length * lambda, method_.shape);
            a_.apply(x, image_);
            if (!searches_) return look(b);
            seen_ = curvature_to(b);
            if (is_nan(seen_))
                seen_ = lipschitz_; // a move along the kernel of A, or at rounding, is no reason for longer steps
            if (!(seen_ > lipschitz_ * real(1.001)) || trial == 60) break;
            lipschitz_ = is_finite(seen_) ? real(1.5) * std::max(seen_, lipschitz_) : lipschitz_ * 4;
        }
    }

    /// Lets L grow where it was too low after all: power iteration finds ||A||^2 from below.
    void look(const dense_vector<T>& b) {
        const real curved = curvature_to(b);
        if (!watch_.sees(real(1), curved, real(0))) return; // curvature_to has left out what is rounding
        lipschitz_ = watch_.bound();
        momentum_ = 1;
    }

    /// The residual and gradient at the point, and the best intercept for it.
    void evaluate(const dense_vector<T>& b) {
        prediction_ = point_image_;
        if (method_.intercept && all_finite(point_image_)) {
            intercept_ = method_.loss.intercept(point_image_, b, intercept_);
            prediction_.array() += intercept_;
        }
        method_.loss.gradient(prediction_, b, residual);
        if (!method_.loss.is_quadratic()) loss_ = method_.loss.value(prediction_, b);
        a_.apply_transposed(residual, gradient);
    }

    /// The curvature of f from the point to x: the larger of <u' - u, A d> / ||d||^2 and 2 D / ||d||^2, D = f(x) - f(y) - <u, A d>,
    /// as far as they are above rounding, NaN where nothing is; infinite where f overflows.
    real curvature_to(const dense_vector<T>& b) {
        const real moved = (x - point_).stableNorm();
        if (!(moved > real(0))) return nan_of<real>();
        constexpr real rounding = 1000 * std::numeric_limits<real>::epsilon();
        trial_ = image_;
        if (method_.intercept) {
            if (!all_finite(trial_)) return infinity_of<real>();
            trial_.array() += method_.loss.intercept(image_, b, intercept_);
        }
        change_ = trial_ - prediction_;
        const real size = change_.stableNorm();
        if (!(size > rounding * prediction_.stableNorm()) && is_finite(size)) return nan_of<real>();
        if (method_.loss.is_quadratic()) return (size / moved) * (size / moved);
        method_.loss.gradient(trial_, b, slope_);
        const real linear = inner(residual, change_), value = method_.loss.value(trial_, b);
        const real above = value - loss_ - linear;
        slope_ -= residual;
        change_ /= moved;
        const real along = inner(slope_, change_) / moved;
        if (!is_finite(value) || !is_finite(along)) return infinity_of<real>();
        const bool visible = std::abs(above) > rounding * (std::abs(value) + std::abs(loss_) + std::abs(linear));
        return std::max(along, visible ? 2 * above / moved / moved : real(0));
    }

    /// A first L: the curvature of f along its gradient, from one product.
    void guess_lipschitz(const dense_vector<T>& b) {
        searched_ = true;
        const real length = gradient.stableNorm();
        if (!(length > real(0))) return;
        dense_vector<T> along, slope;
        a_.apply(gradient, along);
        if (method_.intercept) along.array() -= along.mean(); // the intercept takes what the predictions have in common
        along /= length;
        const real ratio = along.squaredNorm(), known = method_.loss.curvature();
        if (!is_finite(ratio) || !(ratio > real(0))) return;
        if (!is_nan(known)) {
            lipschitz_ = ratio * known;
            return;
        }
        const real largest = along.template lpNorm<Eigen::Infinity>();
        const real small = std::cbrt(std::numeric_limits<real>::epsilon()) *
                           std::max(real(1), prediction_.template lpNorm<Eigen::Infinity>()) / largest;
        trial_ = prediction_ - small * along;
        method_.loss.gradient(trial_, b, slope);
        const real curved = inner(residual - slope, along) / small;
        lipschitz_ = is_finite(curved) && curved > real(0) ? curved : ratio;
    }

    metered_operator<A, T>& a_;
    proximal_method<T> method_;
    curvature_watch<T> watch_;
    real lipschitz_, used_ = 0, seen_ = 0, momentum_ = 1, loss_ = 0, last_move_ = 0;
    bool searches_, searched_ = false;
    T intercept_ = T(0);
    dense_vector<T> point_, before_;
    dense_vector<T> image_, image_before_, point_image_, prediction_; ///< A x, A of the x before, A y, and A y + c
    dense_vector<T> trial_, change_, slope_;
};

} // namespace bregman
