#pragma once

#include <bregman/policy/math.hpp>

namespace bregman {

/// J(theta) = sum |theta_i|. prox is soft thresholding, the smallest subgradient is the sign.
struct l1 {
    static constexpr const char* name = "l1";
    static constexpr bool is_homogeneous = true;

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V value(const V& x) const {
        return abs(x);
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V& x) const {
        return sign(x);
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T t) const {
        return shrink(x, t);
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V critical_lambda(const V& v) const {
        return abs(v);
    }
};

} // namespace bregman
