#pragma once

#include <algorithm>
#include <cmath>

#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/proximal_iteration.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// lambda on its way from above to its final value: at x = 0 a large lambda keeps the iterates sparse and the steps long.
template <class T>
class lambda_stages {
    using real = real_of<T>;

  public:
    /// Starts at `share` of `largest`, the lambda above which x is 0, where that is above the final lambda; 1 is off.
    lambda_stages(real lambda, real largest, double share, double factor, double kkt)
        : final_(lambda), now_(share < 1 ? std::max(lambda, real(share) * largest) : lambda), factor_(real(factor)),
          kkt_(real(kkt)) {}

    real now() const { return now_; }
    real final_value() const { return final_; }
    bool on_the_way() const { return now_ > final_; }
    /// Looks at the kkt of the present lambda; true when the next one begins.
    bool follow(real kkt) {
        if (!on_the_way() || !(kkt <= kkt_)) return false;
        now_ = std::max(final_, now_ * factor_);
        return true;
    }

  private:
    real final_, now_, factor_, kkt_;
};

/// The loop of minimise_penalised, fista and proximal_gradient: steps of `iteration`, which has been started, until the monitor
/// says that it ends. The certificate is that of the point whose gradient is known, and so is the x that is returned;
/// result.dual is -l'(A x + c) / dual_unit.
///
/// kkt and gap are not looked at in each iteration where they would cost as much as a step: the kkt of a regularizer of whole
/// tensors only when the last step was short, the gap where the polar has no closed form only in the end or if it is asked for.
template <class T, class A>
void penalised_loop(proximal_iteration<T, A>& iteration, metered_operator<A, T>& a, const dense_vector<T>& b,
                    problem_statement<T> problem, lambda_stages<T> stages, real_of<T> dual_unit,
                    stop_monitor<T>& monitor, solver_result<T>& result) {
    using real = real_of<T>;
    const bool has_intercept = problem.intercept.has_value();
    const bool dear_kkt = problem.regularizer.is_of_whole_tensor(), dear_gap = !problem.regularizer.has_closed_polar();
    const double kkt_wanted = 10 * std::max(monitor.rule().kkt, 1e-12);
    problem.lambda = stages.final_value();
    primal_map<T> map = problem.map(), stage = map;
    const real at_zero = slope_at_zero(problem.loss, b);
    certificate<real> seen;
    seen.problem = problem_kind::penalised;
    seen.lambda = problem.lambda;
    seen.feasibility = 0;
    dense_vector<T> dual, z;
    const auto gap_of = [&](real objective) {
        // Of data that are fitted to rounding, and of numbers whose squares are 0, the objective cannot tell.
        const bool tells = objective > real(0) ? !is_rounding(iteration.residual, at_zero) : at_zero == real(0);
        if (!tells || !is_finite(objective)) return nan_of<real>();
        return relative_gap(objective, dual_objective(problem.loss, map, b, dual, z));
    };
    const auto look = [&] {
        const auto& point = iteration.point();
        dual = -iteration.residual, z = -iteration.gradient;
        const real loss = problem.loss.is_quadratic() ? dual.squaredNorm() / 2 : iteration.loss();
        seen.objective = loss + map.objective(point);
        seen.kkt = dear_kkt && !(double(iteration.last_move() / stages.now()) <= kkt_wanted)
                       ? nan_of<real>()
                       : penalised_kkt(map, has_intercept, point, iteration.residual, iteration.gradient, at_zero);
        seen.gap = dear_gap && !(monitor.rule().gap > 0) ? nan_of<real>() : gap_of(seen.objective);
    };
    for (std::int64_t k = 0;; ++k) {
        look();
        if (!is_finite(seen.objective)) { // momentum has carried the point out of where J is finite; x is there
            if (double(seen.kkt) <= monitor.rule().kkt) iteration.return_to_iterate(b), look();
            if (!is_finite(seen.objective)) seen.kkt = nan_of<real>();
        }
        result.x = iteration.point();
        result.intercept = iteration.intercept();
        result.dual = dual / dual_unit;
        if (monitor.ends(result, k, iteration.residual.stableNorm(), seen, a.pairs())) break;
        if (iteration.stands_still() && !stages.on_the_way()) {
            monitor.give_up(result, solver_stop::stagnation);
            break;
        }
        if (stages.on_the_way()) {
            stage.lambda = stages.now();
            const real kkt = dear_kkt ? iteration.last_move() / stages.now() : stage.stationarity(z, iteration.point());
            if (stages.follow(kkt) || iteration.stands_still()) iteration.begin_anew();
        }
        iteration.advance(b, stages.now());
    }
    const bool outside = !is_finite(result.certificate.objective) && result.reason != solver_stop::diverged;
    if (outside) result.x = iteration.x;
    if (result.best_iteration == result.iterations && !outside) { // what was too dear on the way, of the x at hand
        auto& proof = result.certificate;
        if (is_nan(proof.kkt))
            proof.kkt = penalised_kkt(map, has_intercept, result.x, iteration.residual, iteration.gradient, at_zero);
        if (dear_gap) proof.gap = gap_of(proof.objective);
    } else if (outside || dear_kkt || dear_gap) {
        if (has_intercept) problem.intercept = result.intercept;
        result.certificate = certify_penalised<A, T>(problem, a.get(), b, result.x, {});
        a.add_pairs(has_intercept ? 1.5 : 1);
    }
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
}

} // namespace bregman
