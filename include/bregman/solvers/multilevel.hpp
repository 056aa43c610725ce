#pragma once

#include <algorithm>
#include <cmath>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/consistency.hpp>
#include <bregman/solvers/curvature.hpp>
#include <bregman/solvers/dual_problem.hpp>
#include <bregman/solvers/restricted_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of multilevel_linearised_bregman, T the scalar of b.
template <class T = double>
struct multilevel_settings {
    double lambda = 1;       ///< > 0
    double delta = 0;        ///< > 0; 0: delta_factor * max|x| / lambda from the Cauchy step's max|x|
    double delta_factor = 2; ///< > 0, finite; larger is nearer to basis pursuit and slower
    double h = 1;            ///< step size in units of 1 / (delta ||A||^2), in (0, 2)
    int support_steps = 99;  ///< after each full step, on the columns where x is not zero
    double norm_squared = 0; ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the v of an earlier result (n elements), or empty

    void validate() const {
        require(lambda > 0 && is_finite(lambda), "lambda", lambda, "> 0", "1 is the default");
        require(delta >= 0 && is_finite(delta), "delta", delta, ">= 0", "0 finds it from max|x|");
        require(delta_factor > 0 && is_finite(delta_factor), "delta_factor", delta_factor, "> 0, finite",
                "2 is the default");
        require(h > 0 && h < 2, "h", h, "(0, 2)", "1 is the default");
        require(support_steps >= 0, "support_steps", support_steps, ">= 0", "99 is the sources' choice");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
    }
};

/// Multilevel linearised Bregman iteration (Lunk, Scott, Bungert 2026) on ||A x - b||^2 / 2:
///
///     v <- v - t A^T(A x - b),   x = delta shrink(v, lambda)
///
/// with one step on all coordinates, then `support_steps` on the support alone: zeros stay zero there, and
/// other entries may become zero. The columns of the support are copied once per cycle where A can give
/// them, and a step on them costs their share of a pair. `iterations` counts cycles. v is not A^T y of any
/// y, so that only feasibility is certified; use polish() for more. result.dual is v (n elements), `warm_start` takes it
/// back.
template <class A, class B>
solver_result<scalar_of<B>> multilevel_linearised_bregman(const A& matrix, const B& data,
                                                          const multilevel_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, a.cols(), "warm_start (v)");

    const primal_map<T> primal{{}, {}, real(settings.lambda), chosen_delta(a, transposed_data, settings)};
    const real norm = a.norm_squared(settings.norm_squared);
    curvature_watch<T> curvature(norm);
    solver_result<T> result;
    result.dual =
        settings.warm_start.size() > 0 ? settings.warm_start : dense_vector<T>(dense_vector<T>::Zero(a.cols()));
    primal(result.dual, result.x);
    dense_vector<T> residual, gradient, v, x, x_before, residual_before;
    certificate<real> seen;
    consistency_watch<T> consistency(settings.stop, monitor.scale(), 10);
    for (std::int64_t k = 0;; ++k) {
        a.residual(result.x, b, residual);
        seen.feasibility = std::max(residual.norm() - real(settings.stop.noise_norm), real(0)) / monitor.scale();
        if (monitor.ends(result, k, residual.norm(), seen, a.pairs())) break;
        if (!(norm > real(0)) || consistency.refutes(a, b, residual.norm())) {
            monitor.give_up(result, solver_stop::stagnation);
            break;
        }
        const real t = real(settings.h) / (primal.delta * curvature.bound());
        a.apply_transposed(residual, gradient);
        result.dual -= t * gradient;
        primal(result.dual, result.x);

        restricted_operator<op_type, T> part(a, support_of(result.x));
        part.gather(result.dual, v);
        part.gather(result.x, x);
        for (int i = 0; i < settings.support_steps; ++i) {
            part.apply(x, residual);
            residual -= b;
            if (i > 0)
                curvature.sees((x - x_before).squaredNorm(), (residual - residual_before).squaredNorm(),
                               b.squaredNorm());
            x_before = x, residual_before = residual;
            part.apply_transposed(residual, gradient);
            for (index_t j = 0; j < x.size(); ++j) {
                if (x[j] == T(0)) continue; // off the support since it has become zero
                v[j] -= t * gradient[j];
                const real size = std::abs(v[j]);
                x[j] = size > primal.lambda ? v[j] * (primal.delta * (size - primal.lambda) / size) : T(0);
            }
        }
        part.scatter(v, result.dual);
        part.scatter(x, result.x);
    }
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
    return result;
}

} // namespace bregman
