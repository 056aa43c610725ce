#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/linearised_bregman.hpp>
#include <bregman/solvers/polish.hpp>

namespace bregman {

/// Settings of recover_sparse, T the scalar of b.
template <class T = double>
struct recover_settings {
    linearised_bregman_settings<T> bregman = {.delta_factor = 1};
    double first_attempt = 0.25;  ///< of completing the support: when ||A x - b|| <= this * ||b||
    double next_attempt = 0.3;    ///< when the residual has fallen by this since the last attempt, in (0, 1]
    double threshold = 2.5;       ///< an entry enters when |A^T r| is above this many standard deviations
    double largest_support = 0.5; ///< of the rows: larger supports are not tried, in (0, 1]
    double significance = 3;      ///< with noise: entries below this many standard errors are dropped
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the dual variable of an earlier result (m elements), or empty

    void validate() const {
        require(first_attempt > 0, "first_attempt", first_attempt, "> 0", "0.25 is the default");
        require(next_attempt > 0 && next_attempt <= 1, "next_attempt", next_attempt, "(0, 1]", "0.3 is the default");
        require(threshold > 0, "threshold", threshold, "> 0", "2.5 is the default");
        require(largest_support > 0 && largest_support <= 1, "largest_support", largest_support, "(0, 1]",
                "0.5 is the default");
        require(significance >= 0, "significance", significance, ">= 0", "0 keeps every entry");
    }
};

/// Tries to solve A x = b from the support of another solver's iterate: least squares on the support, then
/// the entries join whose |A^T r| stands out, and so on while the residual falls: the rule of StOMP (Donoho,
/// Tsaig, Drori, Starck 2012), which needs few rounds from a support that has the large entries.
template <class A, class T>
class support_completion {
    using real = real_of<T>;

  public:
    support_completion(const A& a, const dense_vector<T>& b, const recover_settings<T>& settings, const stop_rule& stop)
        : a_(a), b_(b), settings_(settings), noisy_(stop.noise_norm > 0),
          enough_(noisy_ ? real(stop.discrepancy_factor * stop.noise_norm) : real(stop.residual) * b.norm()),
          next_(real(settings.first_attempt)) {}

    double pairs() const { return a_.pairs(); }
    bool solved() const { return solved_; }

    /// True when now.x could be completed to a solution.
    bool solves(const solver_progress<T>& now) {
        if (!(enough_ > real(0)) || !(now.relative_residual <= next_)) return false;
        next_ = now.relative_residual * real(settings_.next_attempt);
        x_ = now.x;
        solved_ = complete();
        return solved_;
    }

    /// Puts the solution into `result`: without noise, leaves out the entries below its accuracy where it
    /// stays a solution without them.
    void finish(solver_result<T>& result, double residual) {
        if (!noisy_) {
            const dense_vector<T> complete = x_, complete_residual = r_;
            const real floor = real(residual) * x_.norm();
            x_ = (x_.array().abs() <= floor).select(T(0), x_);
            if (!solve_on(support_of(x_))) x_ = complete, r_ = complete_residual;
        }
        result.reason = noisy_ ? solver_stop::discrepancy : solver_stop::residual;
        result.x = x_;
        result.relative_residual = r_.norm() / b_.norm();
        result.certificate = {};
        result.certificate.noise_norm = noisy_ ? enough_ : real(0);
        result.certificate.feasibility =
            noisy_ ? std::max(r_.norm() - enough_, real(0)) / b_.norm() : result.relative_residual;
    }

  private:
    bool complete() {
        std::vector<index_t> support = support_of(x_);
        real last = infinity_of<real>();
        while (double(support.size()) <= settings_.largest_support * double(b_.size())) {
            if (solve_on(support)) return true;
            if (r_.norm() > real(0.7) * last) return false;
            last = r_.norm();
            a_.apply_transposed(r_, w_);
            const real floor = real(settings_.threshold) * scatter_of(w_);
            support.clear();
            for (index_t i = 0; i < x_.size(); ++i)
                if (x_[i] != T(0) || std::abs(w_[i]) > floor) support.push_back(i);
        }
        return false;
    }

    /// Least squares on a support that holds all of x_, until they are a solution or stall.
    bool solve_on(std::vector<index_t> support) {
        restricted_operator<A, T> part(a_, std::move(support));
        dense_vector<T> x;
        part.gather(x_, x);
        part.apply(x, r_);
        r_ = b_ - r_;
        conjugate_gradient_least_squares(part, x, r_, {.residual_norm = double(enough_), .least_progress = 0.9});
        part.scatter(x, x_);
        const real left = r_.norm();
        return is_finite(left) && left <= enough_;
    }

    /// The standard deviation of normal numbers among which a few large ones stand out: median |w| / 0.6745.
    real scatter_of(const dense_vector<T>& w) {
        sizes_ = w.cwiseAbs();
        real* const middle = sizes_.data() + sizes_.size() / 2;
        std::nth_element(sizes_.data(), middle, sizes_.data() + sizes_.size());
        return *middle / real(0.6745);
    }

    metered_operator<A, T> a_;
    const dense_vector<T>& b_;
    const recover_settings<T>& settings_;
    bool noisy_, solved_ = false;
    real enough_, next_;
    dense_vector<T> x_, r_, w_;
    dense_vector<real> sizes_;
};

/// The fastest way to a sparse x with A x = b: linearised Bregman iteration (L-BFGS on the dual) finds the
/// large entries in some ten iterations, and the rest of the support is completed by least squares
/// (support_completion); where that does not succeed the iteration goes on, and it is tried again later. With
/// stop.noise_norm > 0 the aim is the discrepancy instead, and least squares follow on the entries that stand
/// out of the noise (polish, `significance`), so that the final residual may lie a little above it.
///
/// reason is residual (or discrepancy) when that worked, and what linearised_bregman says otherwise; work and
/// time include all attempts. The certificate of a completed solution is its residual, with noise that of
/// least squares on the support; whether ||x||_1 is the least possible is what polish() proves. result.dual
/// is that of linearised_bregman, for warm starts and for polish().
template <class A, class B>
solver_result<scalar_of<B>> recover_sparse(const A& matrix, const B& data,
                                           const recover_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    const auto begin = std::chrono::steady_clock::now();
    support_completion<std::remove_cvref_t<decltype(op)>, T> completion(op, b, settings, settings.stop);
    auto bregman = settings.bregman;
    bregman.stop = settings.stop;
    bregman.warm_start = settings.warm_start;
    bregman.observer = [&](const solver_progress<T>& now) { return settings.observer(now) && !completion.solves(now); };
    auto result = linearised_bregman(op, b, bregman);
    if (completion.solved()) completion.finish(result, settings.stop.residual);
    if (result.reason == solver_stop::discrepancy && index_t(support_of(result.x).size()) < b.size()) {
        const auto polished =
            polish(op, b, result.x, {.tolerance = 1e-5, .significance = settings.significance, .certify = false});
        result.x = polished.x;
        result.relative_residual = polished.relative_residual;
        result.certificate = polished.certificate;
        result.operator_pairs += polished.operator_pairs;
    }
    result.operator_pairs += completion.pairs();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

} // namespace bregman
