#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <bregman/access.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/backends/selection.hpp>
#include <bregman/error.hpp>
#include <bregman/sparsity.hpp>
#include <bregman/tensor.hpp>

namespace bregman {

/// Eigen vectors, matrices, arrays and maps, in place; blocks when their memory has no gaps.
template <class Container>
requires std::is_base_of_v<Eigen::DenseBase<Container>, Container> && requires(Container& c) {
    c.data();
    c.outerStride();
}
struct tensor_adapter<Container> {
    template <class Dense>
    static auto view(Dense& dense) {
        const bool vector = dense.rows() == 1 || dense.cols() == 1;
        const bool gapless = dense.size() == 0 || (dense.innerStride() == 1 &&
                                                   (vector || dense.outerStride() == dense.innerSize()));
        require(gapless, "Eigen strides", dense.outerStride(), "memory without gaps",
                "copy the block into a matrix of its own, or optimize the whole matrix");
        tensor_shape shape;
        if (vector)
            shape.extents = {dense.size()};
        else
            shape.extents = {dense.rows(), dense.cols()};
        shape.order = Dense::IsRowMajor ? storage_order::row_major : storage_order::column_major;
        return tensor_view<std::remove_pointer_t<decltype(dense.data())>>{dense.data(), std::move(shape)};
    }
};

/// The CPU: Eigen arrays hold the state, kernels run over lanes of one SIMD register. Compile with -fopenmp
/// and the step uses OMP_NUM_THREADS threads; results have the same bits for any number of them, because work
/// is cut into chunks that do not depend on it. `Store` chooses how theta is written (forward.hpp).
template <class T, primal_store Store>
class eigen_backend {
  public:
    static constexpr const char* name = "eigen";
    using scalar = T;
    using buffer = Eigen::Array<T, Eigen::Dynamic, 1>;

    buffer zeros(index n) const { return buffer::Zero(n); }
    T* data(buffer& b) const { return b.data(); }
    index size(const buffer& b) const { return b.size(); }

    std::vector<T> to_host(const T* from, index n) const { return std::vector<T>(from, from + n); }
    void to_device(const std::vector<T>& from, T* to) const { std::copy(from.begin(), from.end(), to); }

    /// Elements per chunk: large against the cost of a chunk, small against a model.
    index chunk_size() const { return 16384; }

    /// work(c) for c in [0, chunks), on several threads when OpenMP is on.
    template <class Work>
    void for_each_chunk(index chunks, Work&& work) const {
#if defined(_OPENMP)
#pragma omp parallel for schedule(static) if (chunks > 1)
#endif
        for (index c = 0; c < chunks; ++c) work(c);
    }

    /// Runs a kernel over elements [first, last); returns how many of the thetas it stored are non-zero.
    template <class Kernel>
    index elements(const Kernel& kernel, index first, index last) const {
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
    index groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                 index first, index last) const {
        return layout.inner == 1 ? contiguous_groups(kernel, factor, theta, layout.size, first, last)
                                 : strided_groups(kernel, factor, theta, layout, first, last);
    }

    /// f(theta) for a tensor as a whole; returns how many non-zeros it has then.
    template <class Function>
    index whole(T* theta, const tensor_shape& shape, Function&& f) const {
        f(tensor_view<T>{theta, shape});
        const index size = shape.size();
        index nonzeros = 0;
        for (index i = 0; i < size; ++i) nonzeros += std::abs(double(theta[i])) > zero_tolerance;
        return nonzeros;
    }

    /// f(i) for i in [first, last), f a functor on single elements.
    template <class Function>
    void for_each(const Function& f, index first, index last) const {
        for (index i = first; i < last; ++i) f(i);
    }

    /// Sum of the squares of [first, last); not finite exactly when an element is not. A sum beyond the range
    /// of double is reported as its largest value.
    double sum_of_squares(const T* values, index first, index last) const {
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

    /// The k-th smallest (k from 1) of n values and the one after it, which is the same when k = n.
    /// Reorders the values.
    std::pair<T, T> order_statistics(T* values, index n, index k) const {
        return selection<T>::with_next(values, n, k);
    }

    /// The same of values that are computed where they are needed: parts(visit) calls visit(value, count) for
    /// one stretch after the other, n values in all, and value(access) is a scalar or a lane. One read of
    /// what the values are made from; `scratch` holds n values, of which few are written.
    template <class Parts>
    std::pair<T, T> order_statistics_of(const Parts& parts, index n, index k, T* scratch) const {
        return selection<T>::with_next_of(parts, n, k, scratch);
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
    index contiguous_groups(const Kernel& kernel, const Factor& factor, T* theta, index size, index first,
                            index last) const {
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
    index scale_group(const Factor& factor, T* x, index size) const {
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
    index strided_groups(const Kernel& kernel, const Factor& factor, T* theta, const group_layout& layout,
                         index first, index last) const {
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
