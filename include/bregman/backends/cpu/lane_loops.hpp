#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <bregman/backends/cpu/access.hpp>
#include <bregman/backends/cpu/old_support.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// The passes of one thread over host memory, in lanes of one SIMD register: what the Eigen backend and Thrust's
/// host systems do with a chunk.
template <class T, primal_store Store = primal_store::cached>
class lane_loops {
  public:
    /// Runs a kernel over elements [first, last); returns how many of the thetas it stored are non-zero. Here and below: one
    /// that compares supports gets packed_counts.
    template <class Kernel>
    static index_t elements(const Kernel& given, index_t first, index_t last) {
        const Kernel kernel = given; // in registers: through a reference every store might change it
        constexpr index_t width = lane<T>::width;
        counter<kernel::compares_supports<Kernel>> counts;
        index_t i = first;
        if constexpr (Store == primal_store::streaming) {
            const index_t head = std::min(elements_to_alignment(kernel.theta + i), last - i);
            if (head > 0) counts.add(kernel, part_of_lane_access<T>{i, head}), i += head;
        }
        for (; i + width <= last; i += width) counts.add(kernel, lane_access<T, Store>{i});
        if (i < last) counts.add(kernel, part_of_lane_access<T>{i, last - i});
        return counts.result(last - first);
    }

    /// Runs a kernel over groups [first, last) and then scales each group of theta by factor(norm, size).
    template <class Kernel, class Factor>
    static index_t groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                          index_t first, index_t last) {
        return layout.inner == 1 ? contiguous_groups(kernel, factor, theta, layout.size, first, last)
                                 : strided_groups(kernel, factor, theta, layout, first, last);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not. A sum beyond the range
    /// of double is reported as its largest value.
    static double sum_of_squares(const T* values, index_t first, index_t last) {
        constexpr index_t width = lane<T>::width;
        // Four independent chains hide the adder's latency; by name, since g++ -O2 keeps an array of them in
        // memory.
        lane<T> a(T(0)), b(T(0)), c(T(0)), d(T(0));
        index_t i = first;
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
        if (is_finite(total)) return total;
        // Squares of large finite elements overflow: look again in double, and at each element.
        total = 0;
        for (i = first; i < last; ++i) {
            if (!is_finite(values[i])) return infinity_of<double>();
            total += double(values[i]) * double(values[i]);
        }
        return std::min(total, std::numeric_limits<double>::max());
    }

  private:
    static constexpr index_t tile_elements = 4096; // of theta, read again from the first-level cache

    /// Counts what kernels leave: zeros, and where they compare supports those that are zero now or were before.
    template <bool Compares>
    class counter {
      public:
        template <class Kernel>
        BREGMAN_INLINE void add(const Kernel& kernel, const lane_access<T, Store>& access) {
            if constexpr (requires { kernel.primal; }) access.fetch_ahead(kernel.theta); // one that makes theta
            lane<T> before;
            const mask zero = run(kernel, access, before).is_zero();
            zeros_ -= zero;
            if constexpr (Compares) not_kept_ -= zero | before.is_zero();
        }
        template <class Kernel>
        void add(const Kernel& kernel, const part_of_lane_access<T>& access) {
            lane<T> before;
            const lane<T> theta = run(kernel, access, before);
            for (int i = 0; i < int(access.count); ++i) {
                rest_ += theta[i] == T(0);
                if constexpr (Compares) rest_not_kept_ += theta[i] == T(0) || before[i] == T(0);
            }
        }
        index_t result(index_t elements) const {
            const index_t nonzeros = elements - total(zeros_, rest_);
            return Compares ? kernel::packed_counts(nonzeros, elements - total(not_kept_, rest_not_kept_)) : nonzeros;
        }

      private:
        using mask = typename lane<T>::mask_type;
        mask zeros_ = {}, not_kept_ = {};
        index_t rest_ = 0, rest_not_kept_ = 0;

        template <class Kernel, class Access>
        BREGMAN_INLINE static lane<T> run(const Kernel& kernel, const Access& access,
                                          [[maybe_unused]] lane<T>& before) {
            if constexpr (Compares) {
                typename Kernel::template inputs<lane<T>> in;
                kernel.load(access, in);
                before = in.before;
                return kernel(access, in);
            } else {
                return kernel(access);
            }
        }
        static index_t total(const mask& lanes, index_t rest) {
            for (int j = 0; j < lane<T>::width; ++j) rest += index_t(lanes[j]);
            return rest;
        }
    };

    BREGMAN_INLINE static lane<T> square(const T* at) {
        const auto x = lane<T>::load(at);
        return x * x;
    }

    static index_t elements_to_alignment(const T* at) {
        constexpr std::uintptr_t bytes = sizeof(lane<T>);
        return index_t((bytes - reinterpret_cast<std::uintptr_t>(at) % bytes) % bytes / sizeof(T));
    }

    template <class Kernel, class Factor>
    static index_t contiguous_groups(const Kernel& kernel, const Factor& factor, T* theta, index_t size, index_t first,
                                     index_t last) {
        const index_t per_tile = std::max<index_t>(1, tile_elements / size);
        old_support<kernel::compares_supports<Kernel>> before;
        index_t counted = 0;
        for (index_t tile = first; tile < last; tile += per_tile) {
            const index_t end = std::min(tile + per_tile, last);
            before.start();
            before.look(theta + tile * size, (end - tile) * size);
            elements(kernel, tile * size, end * size);
            for (index_t g = tile; g < end; ++g)
                counted += scale_group(factor, theta + g * size, size, before, (g - tile) * size);
        }
        return counted;
    }

    template <class Factor, class OldSupport>
    static index_t scale_group(const Factor& factor, T* x, index_t size, const OldSupport& before, index_t first) {
        double squares = 0;
        for (index_t j = 0; j < size; ++j) squares += kernel::square(x[j]);
        const T scale = factor(kernel::norm_of<T>(squares), T(size));
        index_t counted = 0;
        for (index_t j = 0; j < size; ++j) {
            x[j] *= scale;
            counted += before.count(x[j], first + j);
        }
        return counted;
    }

    template <class Kernel, class Factor>
    static index_t strided_groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                                  index_t first, index_t last) {
        constexpr index_t per_tile = 64; // neighbouring groups, whose elements share cache lines
        old_support<kernel::compares_supports<Kernel>> before;
        index_t counted = 0;
        for (index_t tile = first; tile < last;) {
            const index_t inner = tile % layout.inner;
            const index_t begin = tile / layout.inner * layout.size * layout.inner + inner;
            const index_t count = std::min({per_tile, last - tile, layout.inner - inner});
            double squares[per_tile] = {};
            T scales[per_tile];
            before.start();
            for (index_t j = 0; j < layout.size; ++j) {
                const index_t row = begin + j * layout.inner;
                before.look(theta + row, count);
                elements(kernel, row, row + count);
                for (index_t i = 0; i < count; ++i) squares[i] += kernel::square(theta[row + i]);
            }
            for (index_t i = 0; i < count; ++i) scales[i] = factor(kernel::norm_of<T>(squares[i]), T(layout.size));
            for (index_t j = 0; j < layout.size; ++j) {
                T* row = theta + begin + j * layout.inner;
                for (index_t i = 0; i < count; ++i) {
                    row[i] *= scales[i];
                    counted += before.count(row[i], j * count + i);
                }
            }
            tile += count;
        }
        return counted;
    }
};

} // namespace bregman
