#pragma once

#include <bregman/base/portability.hpp>

namespace bregman {

/// J = 0: theta = grad phi^*(v). LinBreg is then SGD and AdaBreg is Adam, both with rate delta tau.
struct none {
    static constexpr const char* name = "none";
    static constexpr bool ignores_lambda = true;

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V value(const V&) const {
        return V(0);
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V&) const {
        return V(0);
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T) const {
        return x;
    }
};

} // namespace bregman
