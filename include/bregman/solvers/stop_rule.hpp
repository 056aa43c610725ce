#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/solvers/result.hpp>

namespace bregman {

/// When a solver ends: at the first of these that holds. 0 switches a rule off.
struct stop_rule {
    std::int64_t max_iterations = 10000; ///< >= 0
    double residual = 1e-6;              ///< ||A x - b|| <= residual ||b||
    double noise_norm = 0; ///< Morozov's discrepancy principle: ||A x - b|| <= factor * noise_norm; see noise_norm_of
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

/// stop_rule::noise_norm where the standard deviation sigma of the noise in each of m measurements is known, rather than the norm of
/// the noise itself:
///
///     sigma sqrt(m + 2 sqrt(2 m))
///
/// Normal noise is longer in 2 to 4 of 100 draws. Than its mean, about sigma sqrt(m), it is longer in every other draw: then no
/// sparse x comes as near to b as is asked for, and what is found in its place has noise in it.
///
/// Errors: std::invalid_argument unless sigma >= 0 and m >= 1.
///
/// Source: Candes, Romberg, Tao, "Stable signal recovery from incomplete and inaccurate measurements", Comm. Pure Appl. Math. 59,
/// 2006, section 3.
inline double noise_norm_of(double standard_deviation, index_t measurements) {
    require(standard_deviation >= 0 && is_finite(standard_deviation), "standard deviation of the noise",
            standard_deviation, ">= 0, finite", "0 is no noise");
    require(measurements >= 1, "measurements", measurements, ">= 1", "pass the size of b");
    return standard_deviation * std::sqrt(double(measurements) + 2 * std::sqrt(2 * double(measurements)));
}

/// The one place where a reason that says "solved" is given: the rule that `seen` fulfils, with all conditions of the
/// problem that it states as far as they are known. A NaN is not known and ends nothing.
///
/// residual                    of constrained problems and of feasibility; with the stationarity, if it is known
/// discrepancy                 claims feasibility alone, whatever the problem: the early stop is the regularization
/// kkt                         holds feasibility as well
/// gap                         proves nothing about an x that is not feasible, so that it asks for the feasibility of
///                             `residual`, or of its own bound where that is larger
template <class T>
std::optional<solver_stop> solved_by(const stop_rule& rule, const certificate<T>& seen, T residual_norm,
                                     T relative_residual) {
    const auto holds = [](double value, double bound) { return bound > 0 && !is_nan(value) && value <= bound; };
    const bool constrained = seen.problem == problem_kind::constrained || seen.problem == problem_kind::feasibility;
    const double kkt = double(seen.kkt), gap = double(seen.gap), relative = double(relative_residual);
    const bool stationary = is_nan(kkt) || kkt <= std::max({rule.kkt, rule.residual, relative});
    if (constrained && stationary && holds(relative, rule.residual)) return solver_stop::residual;
    if (rule.noise_norm > 0 && double(residual_norm) <= rule.discrepancy_factor * rule.noise_norm)
        return solver_stop::discrepancy;
    if (holds(kkt, rule.kkt)) return solver_stop::kkt;
    const bool feasible = !constrained || holds(relative, std::max(rule.residual, rule.gap)) ||
                          holds(double(seen.feasibility), std::max(rule.residual, rule.gap));
    if (feasible && holds(std::abs(gap), rule.gap)) return solver_stop::gap;
    return std::nullopt;
}

/// Applies a stop_rule, shows progress to an observer, and keeps the best iterate: the bookkeeping that all solvers share.
template <class T>
class stop_monitor {
  public:
    using real = real_of<T>;

    /// `data_norm` is what residuals are relative to, usually ||b||.
    stop_monitor(const stop_rule& rule, real data_norm, const solver_observer<T>& observer)
        : rule_(rule), scale_(data_norm > real(0) ? data_norm : real(1)), observer_(observer) {
        rule.validate();
    }

    /// Looks at an iterate; true when the solver has to end. `result` receives what is known of it. `merit` is what the
    /// best iterate has least of: the residual of constrained problems, the objective of penalised ones.
    bool ends(solver_result<T>& result, std::int64_t iteration, real residual_norm, const certificate<real>& seen,
              double operator_pairs) {
        result.iterations = result.best_iteration = iteration;
        result.relative_residual = residual_norm / scale_;
        result.certificate = seen;
        result.operator_pairs = operator_pairs;
        result.seconds = seconds();
        const bool go_on = iteration == 0 || !observer_ ||
                           observer_({iteration, result.relative_residual, seen, operator_pairs, result.seconds,
                                      result.x, result.dual});
        const auto ended = reached(result, residual_norm, go_on);
        if (ended) result.reason = *ended;
        if (ended == solver_stop::discrepancy) {
            result.certificate = {};
            result.certificate.noise_norm = real(rule_.discrepancy_factor * rule_.noise_norm);
            result.certificate.feasibility = 0;
        }
        if (!ended || !is_solved(*ended)) keep_or_restore(result, residual_norm, bool(ended));
        return bool(ended);
    }

    /// Ends without a solution for a reason that the rule does not know: puts the best iterate into `result`.
    void give_up(solver_result<T>& result, solver_stop reason) {
        result.reason = reason;
        restore(result);
    }

    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
    real scale() const { return scale_; }
    const stop_rule& rule() const { return rule_; }

  private:
    std::optional<solver_stop> reached(const solver_result<T>& result, real residual_norm, bool go_on) const {
        if (!is_finite(residual_norm)) return solver_stop::diverged;
        if (const auto solved = solved_by(rule_, result.certificate, residual_norm, result.relative_residual))
            return solved;
        if (!go_on) return solver_stop::observer;
        if (rule_.seconds > 0 && result.seconds >= rule_.seconds) return solver_stop::time;
        if (result.iterations >= rule_.max_iterations) return solver_stop::max_iterations;
        return std::nullopt;
    }

    /// What the best iterate has least of: the residual where A x = b is asked for, the objective where it is penalised.
    static real merit_of(const solver_result<T>& result, real residual_norm) {
        const auto& seen = result.certificate;
        return seen.problem == problem_kind::penalised && !is_nan(seen.objective) ? seen.objective : residual_norm;
    }

    void keep_or_restore(solver_result<T>& result, real residual_norm, bool ended) {
        const real merit = merit_of(result, residual_norm);
        const bool better = is_finite(merit) && (!has_best_ || merit <= best_merit_);
        if (ended && !better) return restore(result);
        if (ended || !better) return;
        best_merit_ = merit;
        has_best_ = true;
        copy_iterate(result, best_);
    }

    /// What belongs to an iterate. The rest of a result is of the whole run.
    static void copy_iterate(const solver_result<T>& from, solver_result<T>& to) {
        to.best_iteration = from.best_iteration;
        to.relative_residual = from.relative_residual;
        to.certificate = from.certificate;
        to.x = from.x;
        to.intercept = from.intercept;
        to.dual = from.dual;
    }

    void restore(solver_result<T>& result) {
        if (!has_best_) return start_again(result);
        copy_iterate(best_, result);
    }

    /// Where no iterate was a number: zero, whose residual is b (sqrt(2 KL) of it is not known).
    void start_again(solver_result<T>& result) {
        if (all_finite(result.x) && all_finite(result.dual) && is_finite(result.relative_residual)) return;
        result.best_iteration = 0;
        result.x.setZero();
        result.dual.setZero();
        result.relative_residual = 1;
        result.certificate = {};
    }

    stop_rule rule_;
    real scale_;
    const solver_observer<T>& observer_;
    solver_result<T> best_;
    real best_merit_ = 0;
    bool has_best_ = false;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace bregman
