#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/primal_map.hpp>
#include <bregman/solvers/result.hpp>

namespace bregman {

/// The iterate of a method on the dual: y, z = A^T y, x = x(z) and the residual A x - b.
template <class T>
struct dual_state {
    dense_vector<T> y, z, x, residual;
};

/// The dual of min F(x), A x = b (primal_map.hpp), as a smooth minimisation over y:
///
///     f(y) = F^*(A^T y) - <b, y>,      grad f(y) = A x(A^T y) - b
///
/// Linearised Bregman iteration is gradient descent on f (Yin 2010). Once A^T d is known, f along y - t d
/// costs no product with A, so that line searches are almost free.
template <class T, class A, class Regularizer>
struct dual_problem {
    metered_operator<A, T>& a;
    const dense_vector<T>& b;
    primal_map<T, Regularizer> primal;

    /// x and the residual from z.
    void update(dual_state<T>& at) {
        primal(at.z, at.x);
        a.residual(at.x, b, at.residual);
    }
    /// y <- y - t d, z <- z - t A^T d.
    static void move(dual_state<T>& at, T t, const dense_vector<T>& d, const dense_vector<T>& transposed) {
        at.y -= t * d;
        at.z -= t * transposed;
    }
    /// f at y - t d, given w = A^T d. `trial` and `x` are work memory.
    T objective(const dual_state<T>& at, T t, const dense_vector<T>& d, const dense_vector<T>& w,
                dense_vector<T>& trial, dense_vector<T>& x) const {
        trial = at.z - t * w;
        primal(trial, x);
        return primal.conjugate(trial, x) - (b.dot(at.y) - t * b.dot(d));
    }
};

/// The certificate of (x, y) for min F(x), A x = b, with z = A^T y computed anew (half a pair):
/// kkt = max(||A x - b|| / ||b||, ||x - x(z)||_inf / (delta lambda)), gap = |F(x) + F^*(z) - <b, y>| / F(x).
template <class A, class T, class Regularizer>
certificate<T> dual_certificate(metered_operator<A, T>& a, const dense_vector<T>& b,
                                const primal_map<T, Regularizer>& primal, const dense_vector<T>& x,
                                const dense_vector<T>& y, const dense_vector<T>& residual) {
    dense_vector<T> z, expected;
    a.apply_transposed(y, z);
    primal(z, expected);
    const T data = b.norm(), objective = primal.objective(x);
    const T gap = std::abs(objective + primal.conjugate(z, expected) - b.dot(y));
    return {std::max(residual.norm() / (data > T(0) ? data : T(1)), primal.stationarity(z, x)),
            gap / std::max(objective, std::numeric_limits<T>::min())};
}

/// The largest element of the Cauchy step x = t A^T b, t = ||A^T b||^2 / ||A A^T b||^2; 1 where A^T b = 0.
template <class A, class T>
T estimate_largest(metered_operator<A, T>& a, const dense_vector<T>& transposed_data) {
    dense_vector<T> image;
    a.apply(transposed_data, image);
    const T squares = image.squaredNorm();
    if (!(squares > T(0))) return T(1);
    return transposed_data.squaredNorm() / squares * transposed_data.template lpNorm<Eigen::Infinity>();
}

/// settings.delta, or delta_factor * max|x| / lambda with the estimate above where that is 0.
template <class A, class T, class Settings>
T chosen_delta(metered_operator<A, T>& a, const dense_vector<T>& transposed_data, const Settings& settings) {
    if (settings.delta > 0) return T(settings.delta);
    return T(settings.delta_factor) * estimate_largest(a, transposed_data) / T(settings.lambda);
}

} // namespace bregman
