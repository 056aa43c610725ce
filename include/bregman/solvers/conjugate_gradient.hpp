#pragma once

#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// How conjugate_gradient_least_squares ends.
struct least_squares_stop {
    double gradient_norm = 0;  ///< at ||A^T r|| <= this
    double residual_norm = 0;  ///< at ||r|| <= this
    int max_iterations = 500;  ///< >= 0
    double least_progress = 1; ///< when an iteration leaves more than this share of ||r||, in (0, 1]; 1: never
};

/// min ||A x - b|| by conjugate gradients on the normal equations (CGLS; Bjorck 1996, section 7.4), from x
/// and r = b - A x, which are improved in place: towards the solution nearest to the x given. ||r|| falls with each iteration;
/// where rounding makes it grow instead, as on a matrix of a condition beyond 1 / eps, x and r are those before. False then,
/// and when `max_iterations` were not enough. `done(s)` looks at s = A^T r before each iteration, and ends it when it returns true.
template <class A, class T, class Done>
bool conjugate_gradient_least_squares(A& a, dense_vector<T>& x, dense_vector<T>& r, const least_squares_stop& stop,
                                      const Done& done) {
    using real = real_of<T>;
    dense_vector<T> s, p, q;
    a.apply_transposed(r, s);
    p = s;
    real gamma = s.squaredNorm(), size = r.norm();
    for (int i = 0;; ++i) {
        if (done(s) || double(std::sqrt(gamma)) <= stop.gradient_norm || double(size) <= stop.residual_norm)
            return true;
        if (i >= stop.max_iterations) return false;
        a.apply(p, q);
        const real curvature = q.squaredNorm();
        if (!is_finite(curvature) || !is_finite(gamma)) return false; // squares beyond the range of T
        if (!(curvature > real(0))) return true;                      // what is left of the gradient is rounding
        const real step = gamma / curvature;
        x += step * p;
        r -= step * q;
        const real before = size;
        size = r.norm();
        if (!(size <= (1 + std::sqrt(std::numeric_limits<real>::epsilon())) * before)) {
            x -= step * p;
            r += step * q;
            return false;
        }
        if (stop.least_progress < 1 && size > real(stop.least_progress) * before) return true;
        a.apply_transposed(r, s);
        const real next = s.squaredNorm();
        p = s + (next / gamma) * p;
        gamma = next;
    }
}

template <class A, class T>
bool conjugate_gradient_least_squares(A& a, dense_vector<T>& x, dense_vector<T>& r, const least_squares_stop& stop) {
    return conjugate_gradient_least_squares(a, x, r, stop, [](const dense_vector<T>&) { return false; });
}

} // namespace bregman
