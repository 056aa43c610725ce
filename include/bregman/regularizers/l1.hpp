#pragma once

#include <bregman/policy/math.hpp>

namespace bregman {

/// J(theta) = sum |theta_i|. prox is soft thresholding, the smallest subgradient is the sign. Complex numbers are taken by
/// their modulus: value is real, prox keeps the phase.
struct l1 {
    static constexpr const char* name = "l1";
    static constexpr bool is_homogeneous = true;

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE auto value(const V& x) const -> decltype(abs(x)) {
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
    BREGMAN_HOST_DEVICE BREGMAN_INLINE auto critical_lambda(const V& v) const -> decltype(abs(v)) {
        return abs(v);
    }
};

} // namespace bregman
