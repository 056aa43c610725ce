#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <bregman/solvers/conjugate_gradient.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Notices that A x = b has no solution, where the dual of a constrained problem is unbounded and its solvers would go on
/// for ever.
///
/// When the least residual has not fallen by a tenth for `patience` iterations, conjugate gradients make r = b - A d small,
/// from d = 0. For any x,
///
///     ||A x - b|| >= <r, b - A x> / ||r|| >= (<r, b> - ||A^T r|| ||x||) / ||r||,
///
/// so that r proves, as soon as ||A^T r|| is small, that no x up to a hundred times as large as d comes nearer than about
/// half of ||r||. ||A^T r|| has to be at rounding too, sqrt(epsilon) ||A|| ||r||, since d may yet grow where A is badly
/// conditioned. Where r becomes as small as the residual that is asked for, there is a solution, and the watch ends.
/// Where neither is clear after twice the work of the solver, it waits twice as long. A solver that makes progress pays
/// nothing.
template <class T>
class consistency_watch {
  public:
    using real = real_of<T>;

    consistency_watch(const stop_rule& rule, real data_norm, std::int64_t patience)
        : wanted_(std::max({real(rule.residual) * data_norm, real(rule.discrepancy_factor * rule.noise_norm),
                            1000 * std::numeric_limits<real>::epsilon() * data_norm})),
          patience_(patience) {}

    /// Looks at ||A x - b||; true when it is proven that A x = b has no solution.
    template <class A>
    bool refutes(metered_operator<A, T>& a, const dense_vector<T>& b, real residual) {
        if (patience_ == 0) return false;
        if (waited_ < 0 || residual < real(0.9) * least_) {
            least_ = residual;
            waited_ = 0;
            return false;
        }
        if (++waited_ < patience_) return false;
        waited_ = 0;
        return no_solution(a, b);
    }

  private:
    template <class A>
    bool no_solution(metered_operator<A, T>& a, const dense_vector<T>& b) {
        dense_vector<T> d = dense_vector<T>::Zero(a.cols()), r = b;
        real gain = 0; // ||A|| as far as seen
        bool proven = false;
        const auto proof = [&](const dense_vector<T>& transposed) {
            const real alone = inner(r, b), size = r.norm(), left = transposed.stableNorm();
            gain = std::max(gain, left / size);
            proven = alone > 4 * wanted_ * size && left * 100 * d.norm() <= alone / 2 &&
                     left <= std::sqrt(std::numeric_limits<real>::epsilon()) * gain * size;
            return proven;
        };
        const int most = int(std::min(std::max(2 * a.pairs(), 50.0), 1000.0));
        conjugate_gradient_least_squares(a, d, r, {.residual_norm = double(wanted_), .max_iterations = most}, proof);
        if (!proven) patience_ = r.norm() <= wanted_ ? 0 : 2 * patience_;
        return proven;
    }

    real wanted_, least_ = 0;
    std::int64_t patience_, waited_ = -1;
};

} // namespace bregman
