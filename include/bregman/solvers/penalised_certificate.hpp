#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/primal_map.hpp>
#include <bregman/solvers/solver_loss.hpp>

/// \file
/// The parts of a certificate of penalised problems, which certificate.hpp puts together:
///
///     P(x, c) = sum l(a_i x + c, b_i) + F(x),      F(x) = lambda J(x) + ||x||^2 / (2 delta)
///     D(y)    = -sum l^*(-y_i, b_i) - F^*(A^T y),  where there is an intercept c: sum y = 0
///
/// P >= D for all x, c and y (Fenchel), with equality at the optimum, where y_i = -l'(a_i x + c, b_i).

namespace bregman {

/// (value - bound) / the larger of the two; 0 where both are.
template <class T>
T relative_gap(T value, T bound) {
    const T scale = std::max(std::abs(value), std::abs(bound));
    return scale > T(0) ? (value - bound) / scale : T(0);
}

/// ||l'(0)||_1, beside which smaller numbers than rounding are 0.
template <class T>
real_of<T> slope_at_zero(const solver_loss<T>& loss, const dense_vector<T>& b) {
    dense_vector<T> u;
    loss.gradient(dense_vector<T>::Zero(b.size()), b, u);
    return u.template lpNorm<1>();
}

/// Whether u is not more than the rounding of numbers of the size of l'(0): the data are fitted.
template <class T>
bool is_rounding(const dense_vector<T>& u, real_of<T> at_zero) {
    return !(u.template lpNorm<1>() > 1000 * std::numeric_limits<real_of<T>>::epsilon() * at_zero);
}

/// The violated optimality of x and, where there is one, of the intercept: how far -A^T u is from dF(x) in units of lambda, and
/// |sum u| / sum |u|, of u = l'(A x + c) and gradient = A^T u. `at_zero` is slope_at_zero.
template <class T>
real_of<T> penalised_kkt(const primal_map<T>& map, bool intercept, const dense_vector<T>& x, const dense_vector<T>& u,
                         const dense_vector<T>& gradient, real_of<T> at_zero) {
    using real = real_of<T>;
    const real stationarity = map.stationarity(-gradient, x);
    if (!intercept || is_rounding(u, at_zero)) return stationarity;
    return std::max(stationarity, real(std::abs(u.sum()) / u.template lpNorm<1>()));
}

/// Makes sum y = 0 by shrinking the elements of the sign that outweighs the other: towards 0, so that y stays where l^* is finite.
template <class T>
void balance(dense_vector<T>& y) {
    if constexpr (std::is_same_v<T, real_of<T>>) {
        double above = 0, below = 0;
        for (index_t i = 0; i < y.size(); ++i) (y[i] > T(0) ? above : below) += std::abs(double(y[i]));
        const T up = above > below ? T(below / above) : T(1), down = below > above ? T(above / below) : T(1);
        for (index_t i = 0; i < y.size(); ++i) y[i] *= y[i] > T(0) ? up : down;
    } else {
        if (y.size() > 0)
            y.array() -= y.mean(); // only the quadratic loss is one of complex numbers: l^* is finite everywhere
    }
}

/// The largest D that is had from y and z = A^T y at no product: of y itself where F^* is known there, and of the share of y
/// for which F^* is 0, since z is then in lambda dJ(0). NaN where the loss has no conjugate or J neither one nor a polar.
template <class T>
real_of<T> dual_objective(const solver_loss<T>& loss, const primal_map<T>& map, const dense_vector<T>& b,
                          const dense_vector<T>& y, const dense_vector<T>& z) {
    using real = real_of<T>;
    dense_vector<T> u = -y;
    real whole = loss.conjugate(u, b);
    if (is_nan(whole)) return whole;
    if (is_finite(map.delta)) {
        dense_vector<T> x;
        map(z, x);
        return -whole - map.conjugate(z, x);
    }
    const real conjugate = map.regularizer.conjugate(z, map.lambda, map.shape);
    const bool vanishes = map.regularizer.is_homogeneous() || !is_nan(conjugate);
    if (!vanishes) return nan_of<real>();
    const real critical = map.regularizer.critical_lambda(z, map.shape);
    if (critical > map.lambda) {
        u *= map.lambda / critical;
        const real part = -loss.conjugate(u, b);
        return is_nan(conjugate) ? part : std::max(part, -whole - conjugate);
    }
    return -whole; // F^*(z) = 0
}

} // namespace bregman
