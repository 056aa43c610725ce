#pragma once

#include <cstdint>

#include <bregman/backends/cpu/lane.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// Where a kernel reads and writes on the CPU. A kernel is written once against `load`, `store` and
/// `store_primal`; the access decides how many elements that means. Scalars: element_access.hpp.

namespace bregman {

/// One full lane from element `at` on.
template <class T, primal_store Store = primal_store::cached>
struct lane_access {
    using value = lane<T>;
    index_t at;

    BREGMAN_INLINE value load(const T* from) const { return value::load(from + at); }
    BREGMAN_INLINE void store(T* to, const value& x) const { x.store(to + at); }
    /// With Store = streaming, `to + at` must be aligned to the width of a lane.
    BREGMAN_INLINE void store_primal(T* to, const value& x) const {
        if constexpr (Store == primal_store::streaming)
            x.stream(to + at);
        else
            x.store(to + at);
    }
    /// Fetches what store_primal writes later. A processor sees a stream that is read coming; theta is one that is only
    /// written. An address beyond the end is no fault.
    BREGMAN_INLINE void fetch_ahead([[maybe_unused]] const T* to) const {
#if !defined(BREGMAN_PLAIN_LANES)
        constexpr std::uintptr_t bytes = 2048;
        if constexpr (Store == primal_store::cached)
            __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(to + at) + bytes));
#endif
    }
};

/// The `count` < lane<T>::width elements from `at` on. They are computed in a full lane, so that an element's
/// bits do not depend on where in a tensor it lies.
template <class T>
struct part_of_lane_access {
    using value = lane<T>;
    index_t at;
    index_t count;

    BREGMAN_INLINE value load(const T* from) const {
        alignas(value) T padded[value::width] = {};
        for (index_t i = 0; i < count; ++i) padded[i] = from[at + i];
        return value::load(padded);
    }
    BREGMAN_INLINE void store(T* to, const value& x) const {
        alignas(value) T padded[value::width];
        x.store(padded);
        for (index_t i = 0; i < count; ++i) to[at + i] = padded[i];
    }
    BREGMAN_INLINE void store_primal(T* to, const value& x) const { store(to, x); }
};

} // namespace bregman
