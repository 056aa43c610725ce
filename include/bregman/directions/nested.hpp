#pragma once

#include <bregman/base/portability.hpp>

/// \file
/// What a direction around another passes on: the optional members (concepts.hpp, direction) of the increment inside, whose place its
/// own of the same name takes. Each is what it is called with, or 1, where the increment inside has none.

namespace bregman::nested {

/// g as the increment inside wants to see it; g where it wants nothing else.
template <class Inner, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_gradient(const Inner& inner, const V& g, [[maybe_unused]] const V& theta) {
    if constexpr (requires { inner.adjust_gradient(g, theta); })
        return inner.adjust_gradient(g, theta);
    else
        return g;
}

/// v as it leaves it before anything is subtracted, by whichever of the two forms it has; v where it has none.
template <class Inner, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_dual(const Inner& inner, const V& v, [[maybe_unused]] const V& theta) {
    if constexpr (requires { inner.adjust_dual(v, theta); })
        return inner.adjust_dual(v, theta);
    else if constexpr (requires { inner.adjust_dual(v); })
        return inner.adjust_dual(v);
    else
        return v;
}

/// What it subtracts instead of d; d where it does not say.
template <class Inner, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_increment(const Inner& inner, const V& d, [[maybe_unused]] const V& g,
                                                      [[maybe_unused]] const V& theta) {
    if constexpr (requires { inner.adjust_increment(d, g, theta); })
        return inner.adjust_increment(d, g, theta);
    else
        return d;
}

/// What it multiplies theta with at the end of a step, or 1.
template <class T, class Inner>
BREGMAN_HOST_DEVICE T primal_factor([[maybe_unused]] const Inner& inner) {
    if constexpr (requires { inner.primal_factor; })
        return T(inner.primal_factor);
    else
        return T(1);
}

} // namespace bregman::nested
