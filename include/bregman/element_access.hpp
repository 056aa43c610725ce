#pragma once

#include <bregman/portability.hpp>
#include <bregman/tensor.hpp>

namespace bregman {

/// One element: how a kernel reads and writes on a GPU, in the Thrust backend, and in a debugger.
template <class T>
struct element_access {
    using value = T;
    index at;

    BREGMAN_HOST_DEVICE BREGMAN_INLINE value load(const T* from) const { return from[at]; }
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void store(T* to, value x) const { to[at] = x; }
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void store_primal(T* to, value x) const { to[at] = x; }
};

} // namespace bregman
