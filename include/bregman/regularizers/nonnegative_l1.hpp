#pragma once

#include <cmath>
#include <concepts>

#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// J(theta) = sum theta_i for theta >= 0, infinite for negative ones:
///
///     prox            max(x - t, 0)
///     subgradient     1 where x > 0, else 0, the smallest
///
/// lambda = 0 still keeps theta >= 0.
struct nonnegative_l1 {
    static constexpr const char* name = "nonnegative_l1";
    static constexpr bool is_homogeneous = true;

    template <std::floating_point T>
    BREGMAN_HOST_DEVICE T value(T x) const {
        return x >= T(0) ? x : infinity_of<T>();
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V& x) const {
        return max(sign(x), V(0));
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T t) const {
        return max(x - V(t), V(0));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V critical_lambda(const V& v) const {
        return max(v, V(0));
    }
};

} // namespace bregman
