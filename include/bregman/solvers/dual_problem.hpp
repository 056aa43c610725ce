#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/solvers/certificate.hpp>
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
template <class T, class A>
struct dual_problem {
    using real = real_of<T>;

    metered_operator<A, T>& a;
    const dense_vector<T>& b;
    primal_map<T> primal;

    /// x and the residual from z.
    void update(dual_state<T>& at) {
        primal(at.z, at.x);
        a.residual(at.x, b, at.residual);
    }
    /// y <- y - t d, z <- z - t A^T d.
    static void move(dual_state<T>& at, real t, const dense_vector<T>& d, const dense_vector<T>& transposed) {
        at.y -= t * d;
        at.z -= t * transposed;
    }
    /// f at y - t d, given w = A^T d. `trial` and `x` are work memory.
    real objective(const dual_state<T>& at, real t, const dense_vector<T>& d, const dense_vector<T>& w,
                   dense_vector<T>& trial, dense_vector<T>& x) const {
        trial = at.z - t * w;
        primal(trial, x);
        return primal.conjugate(trial, x) - (inner(b, at.y) - t * inner(b, d));
    }
};

/// The certificate of (x, y) for min F(x), ||A x - b|| <= noise_norm, with z = A^T y computed anew (half a pair).
template <class A, class T>
certificate<real_of<T>> dual_certificate(metered_operator<A, T>& a, const dense_vector<T>& b,
                                         const primal_map<T>& primal, const dense_vector<T>& x,
                                         const dense_vector<T>& y, const dense_vector<T>& residual,
                                         double noise_norm = 0) {
    dense_vector<T> z;
    a.apply_transposed(y, z);
    const problem_statement<T> problem{problem_kind::constrained, primal.lambda,      primal.delta,
                                       real_of<T>(noise_norm),    primal.regularizer, primal.shape};
    return certify_from<T>(problem, b, x, y, z, residual, {}, 0);
}

/// The largest element of the Cauchy step x = t A^T b, t = ||A^T b||^2 / ||A A^T b||^2; 1 where A^T b = 0. Squares are taken
/// of numbers near 1 alone, since those of A^T b are soon beyond the range of float.
template <class A, class T>
real_of<T> estimate_largest(metered_operator<A, T>& a, const dense_vector<T>& transposed_data) {
    using real = real_of<T>;
    const real largest = transposed_data.template lpNorm<Eigen::Infinity>();
    if (!(largest > real(0))) return 1;
    const dense_vector<T> direction = transposed_data / largest;
    dense_vector<T> image;
    a.apply(direction, image);
    const real gain = direction.norm() / image.stableNorm();
    const real estimate = gain * (gain * largest);
    return estimate > real(0) && is_finite(estimate) ? estimate : real(1);
}

/// settings.delta, or delta_factor * max|x| / lambda with the estimate above where that is 0.
template <class A, class T, class Settings>
real_of<T> chosen_delta(metered_operator<A, T>& a, const dense_vector<T>& transposed_data, const Settings& settings) {
    if (settings.delta > 0) return real_of<T>(settings.delta);
    return real_of<T>(settings.delta_factor) * estimate_largest(a, transposed_data) / real_of<T>(settings.lambda);
}

} // namespace bregman
