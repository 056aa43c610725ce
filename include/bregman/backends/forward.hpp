#pragma once

/// \file
/// The names of the backends, for headers that must not include what a backend needs.

namespace bregman {

/// How theta, which a step writes but never reads, goes to memory.
enum class primal_store {
    cached,   ///< the usual store: theta is in the cache for whoever reads it next
    streaming ///< a non-temporal store: saves reading the cache line first, 4 of LinBreg's 20 bytes
};

/// How the Thrust backend walks over memory.
enum class thrust_path {
    lanes,   ///< chunks in lanes of one SIMD register, spread over threads: Thrust's host systems
    elements ///< single elements, all tensors in one kernel: a GPU, and the tests of that code on the CPU
};
inline constexpr thrust_path native_thrust_path =
#if defined(__CUDACC__)
    thrust_path::elements;
#else
    thrust_path::lanes;
#endif

template <class T, primal_store Store = primal_store::cached>
class eigen_backend;
/// `Stored` is what theta and gradient are stored in: T, or in mixed precision a type of fewer bits.
template <class T, thrust_path Path = native_thrust_path, class Stored = T>
class thrust_backend;
/// theta and gradient in `Stored` (bfloat16 or half), v and moments in T.
template <class Stored, class T = float>
using mixed_precision_backend = thrust_backend<T, thrust_path::elements, Stored>;

} // namespace bregman
