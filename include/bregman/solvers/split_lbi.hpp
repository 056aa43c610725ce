#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of split_lbi.
struct split_lbi_settings {
    double kappa = 10;             ///< damping: larger follows the path more closely, in smaller steps; > 0
    double nu = 1;                 ///< how loosely W is tied to G, in units of 1 / ||A||^2; > 0
    double step = 1;               ///< in units of the stable one, 2 / (kappa (||A||^2 + 1 / nu)), in (0, 1]
    double norm_squared = 0;       ///< ||A||^2 where it is known; 0: from the operator, or by power iteration
    std::int64_t record_every = 0; ///< iterations between points of the path; 0 records none

    void validate() const {
        require(kappa > 0 && is_finite(kappa), "kappa", kappa, "> 0, finite", "10 is the default");
        require(nu > 0 && is_finite(nu), "nu", nu, "> 0, finite", "1 is the default");
        require(step > 0 && step <= 1, "step", step, "(0, 1]", "1 is the largest stable step");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 computes it");
        require(record_every >= 0, "record_every", record_every, ">= 0", "0 records no path");
    }
};

/// A solver_result with the regularization path: x is G, sparse; W is what fits the data.
template <class T>
struct split_lbi_result : solver_result<T> {
    dense_vector<T> W;
    dense_vector<T> entry_time;        ///< when G_i first became non-zero; infinity where it has not
    std::vector<T> times;              ///< of the recorded points
    std::vector<dense_vector<T>> path; ///< G at those times
};

/// Split linearised Bregman iteration (Huang, Sun, Xiong, Yao 2016; DessiLBI for networks), the path of
/// ||A W - b||^2 / 2 + ||W - G||^2 / (2 nu):
///
///     W <- W - kappa a (A^T(A W - b) + (W - G) / nu)
///     Z <- Z - (a / nu) (G - W),      G = kappa shrink(Z, 1)
///
/// The time k a takes the part of 1/lambda: the first to enter are the strongest; entry_time ranks the
/// unknowns. Stops by the residual of W (also: discrepancy, the usual early stop with noise). kkt is
/// max(||A G - b|| / ||b||, ||W - G|| / ||W||): 0 where the path ends without noise; there is no gap.
template <class A, class T, class Observer = no_observer>
split_lbi_result<T> split_lbi(const A& matrix, const dense_vector<T>& b, const split_lbi_settings& settings = {},
                              const stop_rule& stop = {}, Observer&& observer = {}) {
    settings.validate();
    const auto& op = as_operator(matrix);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T, std::remove_reference_t<Observer>> monitor(stop, b.norm(), observer);
    checked_transposed_data(a, b);
    const T norm_squared = std::max(a.norm_squared(settings.norm_squared), std::numeric_limits<T>::min());
    const T nu = T(settings.nu) / norm_squared, kappa = T(settings.kappa);
    const T alpha = T(settings.step) * 2 / (kappa * (norm_squared + 1 / nu));

    split_lbi_result<T> result;
    dense_vector<T> z = dense_vector<T>::Zero(a.cols()), residual, gradient;
    result.W = result.x = z;
    result.entry_time = dense_vector<T>::Constant(a.cols(), infinity_of<T>());
    for (std::int64_t k = 0;; ++k) {
        a.normal(result.W, b, residual, gradient);
        if (monitor.ends(result, k, residual.norm(), {}, a.pairs())) break;
        gradient += (result.W - result.x) / nu;
        z += (alpha / nu) * (result.W - result.x);
        result.W -= kappa * alpha * gradient;
        result.x = kappa * (z - z.cwiseMax(T(-1)).cwiseMin(T(1)));
        const T time = T(k + 1) * alpha;
        for (index_t i = 0; i < z.size(); ++i)
            if (result.x[i] != T(0)) result.entry_time[i] = std::min(result.entry_time[i], time);
        if (settings.record_every > 0 && (k + 1) % settings.record_every == 0) {
            result.times.push_back(time);
            result.path.push_back(result.x);
        }
    }
    a.residual(result.x, b, residual);
    const T size = std::max(result.W.norm(), std::numeric_limits<T>::min());
    result.certificate.kkt = std::max(residual.norm() / monitor.scale(), (result.W - result.x).norm() / size);
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
    return result;
}

} // namespace bregman
