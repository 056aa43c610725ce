#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/solvers/consistency.hpp>
#include <bregman/solvers/curvature.hpp>
#include <bregman/solvers/dual_problem.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of split_lbi, T the scalar of b: float or double.
template <class T = double>
struct split_lbi_settings {
    double kappa = 30;       ///< damping, in units of the Cauchy step's max|x|: larger follows the path more closely,
                             ///< in smaller steps; > 0
    double nu = 1;           ///< how loosely W is tied to G, in units of 1 / ||A||^2; > 0
    double step = 1;         ///< in units of the longest that is safe, 1.9 / (kappa * joint_curvature), in (0, 1]
    double norm_squared = 0; ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    std::int64_t record_every = 0; ///< iterations between points of the path; 0 records none
    stop_rule stop = {};
    solver_observer<T> observer = {};

    void validate() const {
        require(kappa > 0 && is_finite(kappa), "kappa", kappa, "> 0, finite", "30 is the default");
        require(nu > 0 && is_finite(nu), "nu", nu, "> 0, finite", "1 is the default");
        require(step > 0 && step <= 1, "step", step, "(0, 1]", "1 is the longest that is safe");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
        require(record_every >= 0, "record_every", record_every, ">= 0", "0 records no path");
    }
};

/// A solver_result with the regularization path: x is G, sparse; W is what fits the data.
template <class T>
struct split_lbi_result : solver_result<T> {
    dense_vector<T> W;                 ///< n elements, dense
    dense_vector<T> entry_time;        ///< when G_i first became non-zero; infinity where it has not
    std::vector<T> times;              ///< of the recorded points
    std::vector<dense_vector<T>> path; ///< G at those times
};

/// The largest eigenvalue of the Hessian of ||A W - b||^2 / 2 + c ||W - G||^2 / 2 in (W, G) together,
/// [[A^T A + c, -c], [-c, c]], with L = ||A||^2: (L + 2 c + sqrt(L^2 + 4 c^2)) / 2.
template <class T>
T joint_curvature(T L, T c) {
    return (L + 2 * c + std::sqrt(L * L + 4 * c * c)) / 2;
}

/// Split linearised Bregman iteration (Huang, Sun, Xiong, Yao 2016; DessiLBI for networks), the path of
/// ||A W - b||^2 / 2 + ||W - G||^2 / (2 nu):
///
///     W <- W - kappa a (A^T(A W - b) + (W - G) / nu)
///     Z <- Z - (a / nu) (G - W),      G = kappa shrink(Z, 1)
///
/// The time k a takes the part of 1/lambda: the first to enter are the strongest; entry_time ranks the
/// unknowns. Stops by the residual of W (also: discrepancy, the usual early stop with noise); of G nothing is certified.
template <class A, class B>
split_lbi_result<scalar_of<B>> split_lbi(const A& matrix, const B& data,
                                         const split_lbi_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    const T norm = a.norm_squared(settings.norm_squared), norm_squared = norm > T(0) ? norm : T(1);
    const T nu = T(settings.nu) / norm_squared, kappa = T(settings.kappa) * estimate_largest(a, transposed_data);
    curvature_watch<T> curvature(norm_squared);
    T alpha = T(settings.step) * T(1.9) / (kappa * joint_curvature(norm_squared, 1 / nu)), time = 0;

    split_lbi_result<T> result;
    dense_vector<T> z = dense_vector<T>::Zero(a.cols()), residual, gradient, W_before, before;
    result.W = result.x = z;
    result.entry_time = dense_vector<T>::Constant(a.cols(), infinity_of<T>());
    certificate<T> seen;
    consistency_watch<T> consistency(settings.stop, monitor.scale(), 50);
    for (std::int64_t k = 0;; ++k) {
        a.normal(result.W, b, residual, gradient);
        if (k > 0 &&
            curvature.sees((result.W - W_before).squaredNorm(), (residual - before).squaredNorm(), b.squaredNorm()))
            alpha = T(settings.step) * T(1.9) / (kappa * joint_curvature(curvature.bound(), 1 / nu));
        seen.feasibility = std::max(residual.norm() - T(settings.stop.noise_norm), T(0)) / monitor.scale();
        result.dual = result.W; // so that the monitor keeps it with the best iterate
        if (monitor.ends(result, k, residual.norm(), seen, a.pairs())) break;
        if (consistency.refutes(a, b, residual.norm())) {
            monitor.give_up(result, solver_stop::stagnation);
            break;
        }
        W_before = result.W, before = residual;
        gradient += (result.W - result.x) / nu;
        z += (alpha / nu) * (result.W - result.x);
        result.W -= kappa * alpha * gradient;
        result.x = kappa * (z - z.cwiseMax(T(-1)).cwiseMin(T(1)));
        time += alpha;
        for (index_t i = 0; i < z.size(); ++i)
            if (result.x[i] != T(0)) result.entry_time[i] = std::min(result.entry_time[i], time);
        if (settings.record_every > 0 && (k + 1) % settings.record_every == 0) {
            result.times.push_back(time);
            result.path.push_back(result.x);
        }
    }
    result.W.swap(result.dual);
    result.dual.resize(0);
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
    return result;
}

/// Complex data is refused in words.
template <class A, class B>
    requires(!std::is_same_v<scalar_of<B>, real_of<scalar_of<B>>>)
void split_lbi(const A&, const B&, const split_lbi_settings<scalar_of<B>>& = {}) {
    static_assert(std::is_floating_point_v<scalar_of<B>>,
                  "bregman: split_lbi takes real numbers; linearised_bregman takes complex ones");
}

} // namespace bregman
