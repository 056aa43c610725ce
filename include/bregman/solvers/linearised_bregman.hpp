#pragma once

#include <algorithm>
#include <cmath>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/consistency.hpp>
#include <bregman/solvers/dual_steps.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// How linearised_bregman moves the dual variable.
enum class dual_step {
    fixed,            ///< h / (delta ||A||^2)
    accelerated,      ///< fixed, with Nesterov's momentum
    dynamic,          ///< ||r||^2 / (delta ||A^T r||^2)
    exact,            ///< the minimiser along the residual
    barzilai_borwein, ///< with a non-monotone line search
    lbfgs             ///< quasi-Newton directions with exact line searches
};

/// Settings of linearised_bregman, T the scalar of b.
template <class T = double>
struct linearised_bregman_settings {
    dual_step step = dual_step::lbfgs; ///< how the dual variable moves
    double lambda = 1;                 ///< weight of J, > 0; with delta found automatically it only scales the dual
    double delta = 0;             ///< > 0; 0: delta_factor * max|x| / lambda, with max|x| estimated as x becomes known
    double delta_factor = 2;      ///< 1 to 2 is fast; >= 10 almost always gives the solution of basis pursuit
    double h = 0;                 ///< of fixed and accelerated steps, in (0, 2); 0: 1.99 and 1
    double norm_squared = 0;      ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    bool kicking = false;         ///< fixed steps only: skip the steps in which the residual stagnates
    double kick_tolerance = 1e-3; ///< a step that changes ||A x - b|| by less than this share of it stagnates
    bool restart = true;          ///< accelerated steps only: begin anew when the momentum points uphill
    int memory = 10;              ///< of lbfgs (pairs) and barzilai_borwein (values of f), >= 1
    double continuation = 1;      ///< delta starts at this share of its final value, in (0, 1]; 1: no continuation
    double continuation_growth = 4;         ///< and grows by this factor, > 1,
    double continuation_residual = 0.05;    ///< whenever ||A x - b|| <= this * ||b||
    solver_regularizer<T> regularizer = {}; ///< J: l1 unless given, any of the library or of your own
    tensor_shape shape = {};                ///< of x, for regularizers that have groups or act on matrices
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the dual variable of an earlier result (m elements), or empty

    void validate() const {
        require(lambda > 0 && is_finite(lambda), "lambda", lambda, "> 0", "1 is the default");
        require(delta >= 0 && is_finite(delta), "delta", delta, ">= 0", "0 finds it from max|x|");
        require(delta_factor > 0 && is_finite(delta_factor), "delta_factor", delta_factor, "> 0, finite",
                "2 is the default");
        require(h >= 0 && h < 2, "h", h, "[0, 2)", "the iteration converges below 2; 0 chooses");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
        require(!kicking || step == dual_step::fixed, "kicking", kicking, "false unless step is fixed",
                "the other steps are as long as a kick by themselves");
        require(kick_tolerance >= 0, "kick_tolerance", kick_tolerance, ">= 0", "1e-3 is the default");
        require(memory >= 1, "memory", memory, ">= 1", "10 is the default");
        require(continuation > 0 && continuation <= 1, "continuation", continuation, "(0, 1]", "1 switches it off");
        require(continuation_growth > 1, "continuation_growth", continuation_growth, "> 1", "4 is the default");
        require(continuation_residual > 0, "continuation_residual", continuation_residual, "> 0",
                "0.05 is the default");
    }
};

/// delta over the iterations: the final value is given or follows max|x|, and continuation approaches it.
template <class T>
class delta_schedule {
    using real = real_of<T>;

  public:
    delta_schedule(const linearised_bregman_settings<T>& s, real estimated_max)
        : s_(s), estimate_(estimated_max), share_(real(s.continuation)) {}

    real now() const { return share_ * final_value(); }

    /// Looks at an iterate; true when delta has changed.
    bool follow(const dense_vector<T>& x, real relative_residual) {
        if (relative_residual > real(s_.continuation_residual)) return false;
        const real before = now();
        if (share_ < real(1)) share_ = std::min(real(1), share_ * real(s_.continuation_growth));
        const real largest = x.template lpNorm<Eigen::Infinity>();
        if (s_.delta == 0 && corrections_ < 2 && largest > real(0) &&
            (largest > real(1.5) * estimate_ || largest < estimate_ / real(1.5))) {
            estimate_ = largest;
            ++corrections_;
        }
        return now() != before;
    }

  private:
    real final_value() const {
        return s_.delta > 0 ? real(s_.delta) : real(s_.delta_factor) * estimate_ / real(s_.lambda);
    }

    const linearised_bregman_settings<T>& s_;
    real estimate_;
    real share_;
    int corrections_ = 0;
};

template <class T, class Step, class Problem>
void run_dual_iteration(Problem& problem, Step step, delta_schedule<T>& schedule, dual_state<T>& at,
                        stop_monitor<T>& monitor, solver_result<T>& result) {
    using real = real_of<T>;
    consistency_watch<T> consistency(monitor.rule(), monitor.scale(), 50);
    for (std::int64_t k = 0;; ++k) {
        const real residual = at.residual.norm();
        // x = x(z) exactly: only feasibility is open, and F(x) + f(y) is <y, A x - b>.
        certificate<real> seen;
        seen.problem = problem_kind::constrained;
        seen.lambda = problem.primal.lambda;
        seen.delta = problem.primal.delta;
        seen.noise_norm = real(monitor.rule().noise_norm);
        seen.feasibility = std::max(residual - seen.noise_norm, real(0)) / monitor.scale();
        const real scale = std::max(std::abs(inner(problem.b, at.y)), std::numeric_limits<real>::min());
        seen.gap = inner(at.y, at.residual) / scale;
        result.x.swap(at.x), result.dual.swap(at.y);
        const bool ends = monitor.ends(result, k, residual, seen, problem.a.pairs());
        if (ends) return;
        if (consistency.refutes(problem.a, problem.b, residual)) {
            monitor.give_up(result, solver_stop::stagnation);
            return;
        }
        result.x.swap(at.x), result.dual.swap(at.y);
        if (schedule.follow(at.x, residual / monitor.scale())) {
            problem.primal.delta = schedule.now();
            problem.update(at);
            step.reset();
        }
        if (!step.advance(problem, at)) {
            result.x.swap(at.x), result.dual.swap(at.y);
            monitor.give_up(result, solver_stop::stagnation);
            return;
        }
    }
}

/// Linearised Bregman iteration (Yin, Osher, Goldfarb, Darbon 2008):
///
///     minimise  lambda J(x) + ||x||^2 / (2 delta)   subject to  A x = b,      J = ||x||_1 unless given
///
/// by descent on its dual (dual_problem.hpp). For delta large enough the solution is that of basis pursuit,
/// min ||x||_1 subject to A x = b. With noise, stop by discrepancy (stop_rule::noise_norm). Where A x = b has no solution, it
/// ends by stagnation (consistency.hpp), with the iterate of the least residual.
///
/// A is a linear operator or an Eigen matrix (m x n), b a vector of m elements (`as_operator`, `as_vector`). Memory: seven
/// vectors of n and m, and 2 * memory of m for lbfgs. The certificate is that of the problem above, with the delta that was
/// found. Throws std::invalid_argument on wrong shapes, settings, and numbers that are not finite.
template <class A, class B>
solver_result<scalar_of<B>> linearised_bregman(const A& matrix, const B& data,
                                               const linearised_bregman_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, b.size(), "warm_start (dual variable)");

    const real largest = settings.delta > 0 ? real(1) : estimate_largest(a, transposed_data);
    delta_schedule<T> schedule(settings, largest);
    dual_problem<T, std::remove_cvref_t<decltype(op)>> problem{
        a, b, {settings.regularizer, settings.shape, real(settings.lambda), schedule.now()}};
    problem.primal.validate(a.cols());
    dual_state<T> at;
    at.z = dense_vector<T>::Zero(a.cols());
    at.y = dense_vector<T>::Zero(b.size());
    if (settings.warm_start.size() > 0) {
        at.y = settings.warm_start;
        a.apply_transposed(at.y, at.z);
    }
    problem.update(at);

    solver_result<T> result;
    const real h = settings.h > 0 ? real(settings.h) : settings.step == dual_step::fixed ? real(1.99) : real(1);
    auto run = [&](auto step) { run_dual_iteration(problem, std::move(step), schedule, at, monitor, result); };
    switch (settings.step) {
    case dual_step::fixed:
        run(fixed_step<T>(h, a.norm_squared(settings.norm_squared), settings.kicking, real(settings.kick_tolerance)));
        break;
    case dual_step::accelerated:
        run(accelerated_step<T>(h, a.norm_squared(settings.norm_squared), settings.restart));
        break;
    case dual_step::dynamic:
        run(dynamic_step<T>());
        break;
    case dual_step::exact:
        run(exact_line_step<T>());
        break;
    case dual_step::barzilai_borwein:
        run(barzilai_borwein_step<T>(settings.memory));
        break;
    case dual_step::lbfgs:
        run(lbfgs_step<T>(settings.memory));
        break;
    }

    if (result.reason != solver_stop::discrepancy) {
        a.residual(result.x, b, at.residual);
        result.certificate =
            dual_certificate(a, b, problem.primal, result.x, result.dual, at.residual, settings.stop.noise_norm);
        // z = A^T y drifts apart in many steps, in float above all: what is claimed is what A, b, x and y prove. The gap of
        // the iteration has another scale, the residual another rounding.
        stop_rule proven = settings.stop;
        proven.gap *= 2, proven.residual *= 1.01;
        const real size = at.residual.norm();
        if (result.solved() && !solved_by(proven, result.certificate, size, size / monitor.scale()))
            result.reason = solver_stop::stagnation;
    }
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
    return result;
}

} // namespace bregman
