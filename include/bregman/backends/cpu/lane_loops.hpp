#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <bregman/backends/cpu/access.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/tensors/sparsity.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// The passes of one thread over host memory, in lanes of one SIMD register: what the Eigen backend and Thrust's
/// host systems do with a chunk.
template <class T, primal_store Store = primal_store::cached>
class lane_loops {
  public:
    /// Runs a kernel over elements [first, last); returns how many of the thetas it stored are non-zero.
    template <class Kernel>
    static index elements(const Kernel& given, index first, index last) {
        const Kernel kernel = given; // in registers: through a reference every store might change it
        constexpr index width = lane<T>::width;
        zero_counter zeros;
        index i = first;
        if constexpr (Store == primal_store::streaming) {
            const index head = std::min(elements_to_alignment(kernel.theta + i), last - i);
            if (head > 0) zeros.add(kernel(part_of_lane_access<T>{i, head}), head), i += head;
        }
        for (; i + width <= last; i += width) zeros.add(kernel(lane_access<T, Store>{i}));
        if (i < last) zeros.add(kernel(part_of_lane_access<T>{i, last - i}), last - i);
        return (last - first) - zeros.total();
    }

    /// Runs a kernel over groups [first, last) and then scales each group of theta by factor(norm, size).
    template <class Kernel, class Factor>
    static index groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                 index first, index last) {
        return layout.inner == 1 ? contiguous_groups(kernel, factor, theta, layout.size, first, last)
                                 : strided_groups(kernel, factor, theta, layout, first, last);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not. A sum beyond the range
    /// of double is reported as its largest value.
    static double sum_of_squares(const T* values, index first, index last) {
        constexpr index width = lane<T>::width;
        // Four independent chains hide the adder's latency; by name, since g++ -O2 keeps an array of them in
        // memory.
        lane<T> a(T(0)), b(T(0)), c(T(0)), d(T(0));
        index i = first;
        for (; i + 4 * width <= last; i += 4 * width) {
            a += square(values + i);
            b += square(values + i + width);
            c += square(values + i + 2 * width);
            d += square(values + i + 3 * width);
        }
        double total = 0;
        for (const lane<T>& sums : {a, b, c, d})
            for (int j = 0; j < width; ++j) total += double(sums[j]);
        for (; i < last; ++i) total += double(values[i]) * double(values[i]);
        if (std::isfinite(total)) return total;
        // Squares of large finite elements overflow: look again in double, and at each element.
        total = 0;
        for (i = first; i < last; ++i) {
            if (!std::isfinite(values[i])) return std::numeric_limits<double>::infinity();
            total += double(values[i]) * double(values[i]);
        }
        return std::min(total, std::numeric_limits<double>::max());
    }

  private:
    static constexpr index tile_elements = 4096; // of theta, read again from the first-level cache

    /// Counts the zeros of a chunk in lane registers.
    class zero_counter {
      public:
        BREGMAN_INLINE void add(const lane<T>& theta) {
            lanes_ -= typename lane<T>::mask_type(abs(theta) <= lane<T>(T(zero_tolerance)));
        }
        void add(const lane<T>& theta, index count) {
            for (index i = 0; i < count; ++i) rest_ += std::abs(double(theta[int(i)])) <= zero_tolerance;
        }
        index total() const {
            index sum = rest_;
            for (int j = 0; j < lane<T>::width; ++j) sum += index(lanes_[j]);
            return sum;
        }

      private:
        typename lane<T>::mask_type lanes_ = {};
        index rest_ = 0;
    };

    BREGMAN_INLINE static lane<T> square(const T* at) {
        const auto x = lane<T>::load(at);
        return x * x;
    }

    static index elements_to_alignment(const T* at) {
        constexpr std::uintptr_t bytes = sizeof(lane<T>);
        return index((bytes - reinterpret_cast<std::uintptr_t>(at) % bytes) % bytes / sizeof(T));
    }

    template <class Kernel, class Factor>
    static index contiguous_groups(const Kernel& kernel, const Factor& factor, T* theta, index size, index first,
                            index last) {
        const index per_tile = std::max<index>(1, tile_elements / size);
        index nonzeros = 0;
        for (index tile = first; tile < last; tile += per_tile) {
            const index end = std::min(tile + per_tile, last);
            elements(kernel, tile * size, end * size);
            for (index g = tile; g < end; ++g) nonzeros += scale_group(factor, theta + g * size, size);
        }
        return nonzeros;
    }

    template <class Factor>
    static index scale_group(const Factor& factor, T* x, index size) {
        T squares = 0;
        for (index j = 0; j < size; ++j) squares += x[j] * x[j];
        const T scale = factor(std::sqrt(squares), T(size));
        index nonzeros = 0;
        for (index j = 0; j < size; ++j) {
            x[j] *= scale;
            nonzeros += std::abs(double(x[j])) > zero_tolerance;
        }
        return nonzeros;
    }

    template <class Kernel, class Factor>
    static index strided_groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                         index first, index last) {
        constexpr index per_tile = 64; // neighbouring groups, whose elements share cache lines
        index nonzeros = 0;
        for (index tile = first; tile < last;) {
            const index inner = tile % layout.inner;
            const index begin = tile / layout.inner * layout.size * layout.inner + inner;
            const index count = std::min({per_tile, last - tile, layout.inner - inner});
            T scales[per_tile] = {};
            for (index j = 0; j < layout.size; ++j) {
                const index row = begin + j * layout.inner;
                elements(kernel, row, row + count);
                for (index i = 0; i < count; ++i) scales[i] += theta[row + i] * theta[row + i];
            }
            for (index i = 0; i < count; ++i) scales[i] = factor(std::sqrt(scales[i]), T(layout.size));
            for (index j = 0; j < layout.size; ++j) {
                T* row = theta + begin + j * layout.inner;
                for (index i = 0; i < count; ++i) {
                    row[i] *= scales[i];
                    nonzeros += std::abs(double(row[i])) > zero_tolerance;
                }
            }
            tile += count;
        }
        return nonzeros;
    }
};

} // namespace bregman
