#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/conjugate_gradient.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/restricted_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// When support_completion tries, and what it takes in: as in recover_settings, which has the defaults.
struct completion_settings {
    double first_attempt, next_attempt, threshold, largest_support;
};

/// Whether so few elements of x are not zero, fewer than half the measurements, that A x = b can mean this x alone: where
/// any m columns of A are independent, no other x is as sparse.
template <class T>
bool is_sparse_answer(const dense_vector<T>& x, index_t measurements) {
    return 2 * index_t(support_of(x).size()) < measurements || support_of(x).empty();
}

/// Tries to solve A x = b from the support of another solver's iterate: least squares on the support, then
/// the entries join whose |A^T r| stands out, and so on while the residual falls: the rule of StOMP (Donoho,
/// Tsaig, Drori, Starck 2012), which needs few rounds from a support that has the large entries. Only an x that
/// `is_sparse_answer` counts.
template <class A, class T>
class support_completion {
    using real = real_of<T>;

  public:
    support_completion(metered_operator<A, T>& a, const dense_vector<T>& b, const completion_settings& settings,
                       const stop_rule& stop)
        : a_(a), b_(b), settings_(settings), noisy_(stop.noise_norm > 0), accuracy_(real(stop.residual)),
          enough_(noisy_ ? real(stop.discrepancy_factor * stop.noise_norm) : real(stop.residual) * b.norm()),
          next_(real(settings.first_attempt)) {}

    bool solved() const { return solved_; }
    const dense_vector<T>& x() const { return x_; }
    /// b - A x.
    const dense_vector<T>& left() const { return r_; }

    /// True when x could be completed to a solution.
    bool solves(const dense_vector<T>& x, real relative_residual) {
        if (!(enough_ > real(0)) || !(relative_residual <= next_)) return false;
        next_ = relative_residual * real(settings_.next_attempt);
        // With noise the residual may come to rest above the discrepancy: one more attempt near it.
        const real near = real(1.5) * enough_ / b_.norm();
        if (noisy_ && relative_residual > near) next_ = std::max(next_, near);
        x_ = x;
        solved_ = complete() && leave_out_small() && is_sparse_answer(x_, b_.size());
        return solved_;
    }
    /// Tries again from the first attempt on.
    void begin_anew() { next_ = real(settings_.first_attempt); }

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

    /// Without noise, leaves out the entries below the accuracy of x where it stays a solution without them. True when A x,
    /// computed anew, is near b.
    bool leave_out_small() {
        if (!noisy_) {
            const dense_vector<T> all = x_;
            const real floor = accuracy_ * x_.norm();
            x_ = (x_.array().abs() <= floor).select(T(0), x_);
            if (!solve_on(support_of(x_))) x_ = all;
        }
        look_at_residual();
        // The residual that is updated drifts from the true one, in float by more than solve_on has to spare: on from the true one.
        for (real before = infinity_of<real>(); !(r_.norm() <= enough_) && r_.norm() < real(0.9) * before;) {
            before = r_.norm();
            solve_on(support_of(x_));
            look_at_residual();
        }
        return r_.norm() <= enough_;
    }

    void look_at_residual() {
        a_.residual(x_, b_, r_);
        r_ = -r_;
    }

    /// Least squares on a support that holds all of x_, until they are a solution or stall.
    bool solve_on(std::vector<index_t> support) {
        restricted_operator<A, T> part(a_, std::move(support));
        dense_vector<T> x;
        part.gather(x_, x);
        part.apply(x, r_);
        r_ = b_ - r_;
        // A little more than asked for, since the residual that is updated drifts from the true one.
        conjugate_gradient_least_squares(part, x, r_, {.residual_norm = double(enough_) * 0.99, .least_progress = 0.9});
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

    metered_operator<A, T>& a_;
    const dense_vector<T>& b_;
    completion_settings settings_;
    bool noisy_, solved_ = false;
    real accuracy_, enough_, next_;
    dense_vector<T> x_, r_, w_;
    dense_vector<real> sizes_;
};

} // namespace bregman
