#pragma once

#include <cmath>
#include <concepts>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// J(theta) = sum |theta_i| + (ratio / 2) theta_i^2 (Zou and Hastie 2005):
///
///     prox    shrink(x, t) / (1 + t ratio)
///
/// ratio >= 0 is the quadratic part's share of lambda, default 1; 0 is l1. The support is that of l1.
struct elastic_net {
    static constexpr const char* name = "elastic_net";

    double ratio = 1; ///< weight of the square beside |theta|, >= 0, finite; 0 is l1

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V value(const V& x) const {
        return abs(x) + V(ratio / 2) * x * x;
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V& x) const {
        return sign(x) + V(ratio) * x;
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T t) const {
        return shrink(x, t) / (V(1) + V(t) * V(ratio));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V critical_lambda(const V& v) const {
        return abs(v);
    }
    /// (lambda J)^*(v), the largest v x - lambda J(x): max(|v| - lambda, 0)^2 / (2 lambda ratio). For the duality gap of solvers.
    template <std::floating_point T>
    T conjugate(T v, T lambda) const {
        const T beyond = shrink(v, lambda);
        return beyond == T(0) ? T(0) : beyond * beyond / (T(2 * ratio) * lambda);
    }

    void validate() const {
        require(ratio >= 0 && is_finite(ratio), "elastic_net.ratio", ratio, ">= 0, finite", "0 is l1");
    }

    template <class Field>
    void visit(Field&& field) {
        field("ratio", ratio);
    }
};

} // namespace bregman
