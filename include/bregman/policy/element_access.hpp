#pragma once

#include <bregman/base/portability.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// One element: how a kernel reads and writes on a GPU, in the Thrust backend, and in a debugger. Memory may hold
/// another type than T (bfloat16, half): what is read is widened, what is stored is rounded.
template <class T>
struct element_access {
    /// What load() returns: one number.
    using value = T;
    index_t at; ///< the position of the element

    /// The element of that memory, as T.
    template <class Stored>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE value load(const Stored* from) const {
        return static_cast<value>(from[at]);
    }
    /// Writes the element.
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void store(T* to, value x) const { to[at] = x; }
    /// Writes theta, in the type that it is stored in.
    template <class Stored>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE void store_primal(Stored* to, value x) const {
        to[at] = static_cast<Stored>(x);
    }
};

} // namespace bregman
