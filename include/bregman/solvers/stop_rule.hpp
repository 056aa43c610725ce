#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/solvers/result.hpp>

namespace bregman {

/// When a solver ends: at the first of these that holds. 0 switches a rule off.
struct stop_rule {
    std::int64_t max_iterations = 10000;
    double residual = 1e-6;           ///< ||A x - b|| <= residual ||b||
    double noise_norm = 0;            ///< Morozov's discrepancy principle: ||A x - b|| <= factor * noise_norm
    double discrepancy_factor = 1.01; ///< its factor, >= 1
    double kkt = 1e-6;                ///< certificate::kkt <= this
    double gap = 0;                   ///< certificate::gap <= this
    double seconds = 0;               ///< on the clock on the wall

    void validate() const {
        const char* off = "0 switches the rule off";
        require(max_iterations >= 0, "stop_rule.max_iterations", max_iterations, ">= 0", "10000 is the default");
        require(residual >= 0, "stop_rule.residual", residual, ">= 0", off);
        require(noise_norm >= 0 && is_finite(noise_norm), "stop_rule.noise_norm", noise_norm, ">= 0", off);
        require(discrepancy_factor >= 1, "stop_rule.discrepancy_factor", discrepancy_factor, ">= 1",
                "below the noise no solution has this residual");
        require(kkt >= 0, "stop_rule.kkt", kkt, ">= 0", off);
        require(gap >= 0, "stop_rule.gap", gap, ">= 0", off);
        require(seconds >= 0, "stop_rule.seconds", seconds, ">= 0", off);
    }
};

/// Applies a stop_rule and shows progress to an observer: the bookkeeping that all solvers share.
template <class T, class Observer>
class stop_monitor {
  public:
    /// `data_norm` is what residuals are relative to, usually ||b||.
    stop_monitor(const stop_rule& rule, T data_norm, Observer& observer)
        : rule_(rule), scale_(data_norm > T(0) ? data_norm : T(1)), observer_(observer) {
        rule.validate();
    }

    /// Looks at an iterate; true when the solver has to end. `result` receives what is known of it.
    bool ends(solver_result<T>& result, std::int64_t iteration, T residual_norm, const certificate<T>& seen,
              double operator_pairs) {
        result.iterations = iteration;
        result.relative_residual = residual_norm / scale_;
        result.certificate = seen;
        result.operator_pairs = operator_pairs;
        result.seconds = seconds();
        const bool go_on = iteration == 0 || notify({iteration, result.relative_residual, seen, operator_pairs,
                                                     result.seconds, result.x, result.dual});
        return reached(result, residual_norm, go_on);
    }

    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
    T scale() const { return scale_; }

  private:
    bool notify(const solver_progress<T>& now) {
        if constexpr (std::is_void_v<decltype(observer_(now))>) {
            observer_(now);
            return true;
        } else {
            return bool(observer_(now));
        }
    }

    bool reached(solver_result<T>& result, T residual_norm, bool go_on) const {
        auto end = [&](solver_stop reason) {
            result.reason = reason;
            return true;
        };
        const auto& [kkt, gap] = result.certificate; // NaN where nobody knows it
        if (!is_finite(residual_norm)) return end(solver_stop::diverged);
        if (double(result.relative_residual) <= rule_.residual && rule_.residual > 0) return end(solver_stop::residual);
        if (rule_.noise_norm > 0 && double(residual_norm) <= rule_.discrepancy_factor * rule_.noise_norm)
            return end(solver_stop::discrepancy);
        if (rule_.kkt > 0 && !is_nan(kkt) && double(kkt) <= rule_.kkt) return end(solver_stop::kkt);
        if (rule_.gap > 0 && !is_nan(gap) && double(gap) <= rule_.gap) return end(solver_stop::gap);
        if (!go_on) return end(solver_stop::observer);
        if (rule_.seconds > 0 && result.seconds >= rule_.seconds) return end(solver_stop::time);
        if (result.iterations >= rule_.max_iterations) return end(solver_stop::max_iterations);
        return false;
    }

    stop_rule rule_;
    T scale_;
    Observer& observer_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace bregman
