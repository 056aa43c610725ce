#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/solvers/solver_regularizer.hpp>

namespace bregman {

/// F(x) = lambda J(x) + ||x||^2 / (2 delta) and what the dual of min F(x), A x = b needs of it:
///
///     x(z)   = grad F^*(z) = prox_{delta lambda J}(delta z)         l1: delta shrink(z, lambda)
///     F^*(z) = <x, z> - F(x)  at x = x(z)
///
/// `shape` is the tensor that x stands for, a vector where it is empty. delta may be infinite for `objective` and
/// `stationarity`; x(z) and F^* are then none.
template <class T>
struct primal_map {
    using real = real_of<T>;

    solver_regularizer<T> regularizer;
    tensor_shape shape;
    real lambda = 1;
    real delta = 1;

    void operator()(const dense_vector<T>& z, dense_vector<T>& x) const {
        if constexpr (std::is_same_v<T, real>)
            if (regularizer.is_l1()) {
                x = delta * (z - z.cwiseMax(-lambda).cwiseMin(lambda));
                return;
            }
        x = delta * z;
        regularizer.prox(x, delta * lambda, shape);
    }

    /// J(x).
    real value(const dense_vector<T>& x) const { return regularizer.value(x, shape); }

    /// Checks that `shape` is one of `unknowns` elements and that the regularizer fits it.
    void validate(index_t unknowns) const { regularizer.validate(shape, unknowns); }

    /// F(x).
    real objective(const dense_vector<T>& x) const {
        const real quadratic = is_finite(delta) ? x.squaredNorm() / (2 * delta) : real(0);
        return lambda * value(x) + quadratic;
    }

    /// F^*(z), given x = x(z).
    real conjugate(const dense_vector<T>& z, const dense_vector<T>& x) const {
        if (regularizer.is_l1())
            return x.squaredNorm() / (2 * delta); // what the line below is for every norm, without cancellation
        return inner(x, z) - objective(x);
    }

    /// How far z is from lambda dJ(x) + x / delta, in units of lambda: ||x - prox_{t lambda J}(x + t (z - x / delta))||_inf
    /// / (t lambda) with t = delta, or epsilon^(1/3) max|x| / lambda where delta is infinite, which leaves an error of
    /// epsilon^(2/3); a prox that is an iteration could not tell so short a step, and gets t = max|x| / lambda. For l1 that is | |z_i| - lambda | beyond its bounds, on and off the support.
    real stationarity(const dense_vector<T>& z, const dense_vector<T>& x) const {
        dense_vector<T> expected;
        if (is_finite(delta)) {
            (*this)(z, expected);
            return (x - expected).template lpNorm<Eigen::Infinity>() / (delta * lambda);
        }
        if (regularizer.is_l1()) {
            real worst = 0;
            for (index_t i = 0; i < x.size(); ++i) {
                const real size = std::abs(x[i]);
                const real violation =
                    size > real(0) ? std::abs(z[i] - lambda * (x[i] / size)) : std::abs(z[i]) - lambda;
                worst = std::max(worst, violation / lambda);
            }
            return worst;
        }
        const real largest = x.size() == 0 ? real(0) : x.template lpNorm<Eigen::Infinity>();
        const real share = regularizer.is_iterative() ? real(1) : std::cbrt(std::numeric_limits<real>::epsilon());
        const real t = (largest > real(0) ? share * largest : real(1)) / lambda;
        expected = x + t * z;
        regularizer.prox(expected, t * lambda, shape);
        return (x - expected).template lpNorm<Eigen::Infinity>() / (t * lambda);
    }
};

/// argmin over t >= 0 of F^*(z - t w) + t beta, for l1, where the derivative is piecewise linear:
///
///     phi'(t) = beta - delta <w, shrink(z - t w, lambda)>
///
/// Its kinks are taken in ascending order from a heap until phi' changes sign: O(n log n) at worst (Lorenz,
/// Schoepfer, Wenger 2014). Infinity when phi decreases for ever, 0 when it does not decrease at all.
template <class T>
T exact_step(const dense_vector<T>& z, const dense_vector<T>& w, T lambda, T delta, T beta) {
    struct kink {
        T at, change;
        bool operator<(const kink& other) const { return at > other.at; } // a heap with the first on top
    };
    T value = beta, slope = 0;
    std::vector<kink> kinks;
    for (index_t i = 0; i < z.size(); ++i) {
        if (w[i] == T(0)) continue;
        const T gain = delta * w[i] * w[i];
        value -= delta * w[i] * shrink(z[i], lambda);
        T enter = (z[i] - lambda) / w[i],
          leave = (z[i] + lambda) / w[i]; // |z_i - t w_i| <= lambda in between
        if (enter > leave) std::swap(enter, leave);
        if (enter > T(0) || leave <= T(0)) slope += gain;
        if (enter > T(0)) kinks.push_back({enter, -gain});
        if (leave > T(0)) kinks.push_back({leave, gain});
    }
    if (value >= T(0)) return 0;
    std::make_heap(kinks.begin(), kinks.end());
    T t = 0;
    for (; !kinks.empty(); kinks.pop_back()) {
        std::pop_heap(kinks.begin(), kinks.end());
        const auto [at, change] = kinks.back();
        const T next = value + slope * (at - t);
        if (next >= T(0)) return t - value / slope;
        value = next;
        t = at;
        slope += change;
    }
    return slope > T(0) ? t - value / slope : infinity_of<T>();
}

/// The same for any regularizer: phi' is monotone, and its zero is bracketed from `guess` by doubling and
/// then found by regula falsi (Illinois) to 1e-3 of phi'(0).
template <class T>
real_of<T> exact_step(const primal_map<T>& primal, const dense_vector<T>& z, const dense_vector<T>& w, real_of<T> beta,
                      real_of<T> guess) {
    using real = real_of<T>;
    if constexpr (std::is_same_v<T, real>)
        if (primal.regularizer.is_l1()) return exact_step(z, w, primal.lambda, primal.delta, beta);
    dense_vector<T> trial, x;
    auto slope_at = [&](real t) {
        trial = z - t * w;
        primal(trial, x);
        return beta - inner(w, x);
    };
    real low = 0, at_low = slope_at(0);
    if (!(at_low < real(0))) return 0;
    const real enough = real(1e-3) * -at_low;
    real high = guess, at_high = slope_at(high);
    for (int doublings = 0; at_high < real(0); ++doublings) {
        if (doublings == 60) return infinity_of<real>();
        low = high, at_low = at_high;
        high *= 2, at_high = slope_at(high);
    }
    if (at_high <= enough) return high;
    int kept = 0; // how often in a row the same end has stayed: its value is then halved
    for (int i = 0; i < 60; ++i) {
        const real t = low + (high - low) * at_low / (at_low - at_high);
        const real at_t = slope_at(t);
        if (std::abs(at_t) <= enough) return t;
        if (at_t < real(0)) {
            low = t, at_low = at_t;
            kept = std::max(kept, 0) + 1;
            if (kept > 1) at_high /= 2;
        } else {
            high = t, at_high = at_t;
            kept = std::min(kept, 0) - 1;
            if (kept < -1) at_low /= 2;
        }
    }
    return high;
}

} // namespace bregman
