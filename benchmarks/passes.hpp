#pragma once

#include <algorithm>

#include <Eigen/Core>

#include <bregman/tensors/tensor.hpp>

/// \file
/// What the optimizers are held against: the cheapest passes over memory that there are.

namespace bench {

using bregman::index_t;

/// body(first, size) on one contiguous share per OpenMP thread: nothing but the pass costs anything.
template <class Body>
void on_all_threads(index_t size, int threads, Body&& body) {
    const index_t share = (size + threads - 1) / threads;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
    for (int t = 0; t < threads; ++t) body(t * share, std::max<index_t>(0, std::min(share, size - t * share)));
}

/// y <- y + a x in place: moves 12 bytes per element.
inline constexpr double axpy_bytes = 12;
inline void axpy(float a, const Eigen::ArrayXf& x, Eigen::ArrayXf& y, int threads) {
    on_all_threads(x.size(), threads,
                   [&](index_t first, index_t size) { y.segment(first, size) += a * x.segment(first, size); });
}

/// y <- x: moves 8 bytes per element, and 4 more where the processor reads a line before it writes it.
inline constexpr double copy_bytes = 8;
inline void copy(const Eigen::ArrayXf& x, Eigen::ArrayXf& y, int threads) {
    on_all_threads(x.size(), threads,
                   [&](index_t first, index_t size) { y.segment(first, size) = x.segment(first, size); });
}

} // namespace bench
