#pragma once

/// \file
/// The names of the backends, for headers that must not include what a backend needs.

namespace bregman {

/// How theta, which a step writes but never reads, goes to memory.
enum class primal_store {
    cached,   ///< the usual store: theta is in the cache for whoever reads it next
    streaming ///< a non-temporal store: saves reading the cache line first, 4 of LinBreg's 20 bytes
};

template <class T, primal_store Store = primal_store::cached>
class eigen_backend;
template <class T>
class thrust_backend;

} // namespace bregman
