#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <bregman/backends/cpu/lane_loops.hpp>
#include <bregman/backends/cpu/old_support.hpp>
#include <bregman/backends/cpu/selection.hpp>
#include <bregman/backends/forward.hpp>
#include <bregman/base/error.hpp>
#include <bregman/base/first_exception.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

namespace contract {
/// The DenseBase<...> of an Eigen type; that of a VectorBlock, or of a class that users derive, is of the class that it
/// derives from.
template <class Derived>
Derived dense_of(const Eigen::DenseBase<Derived>*);
template <class Container>
concept eigen_memory = requires(Container& c) {
    contract::dense_of(static_cast<Container*>(nullptr));
    c.data();
    c.outerStride();
};
template <class Derived>
std::true_type owns_memory(const Eigen::PlainObjectBase<Derived>*);
std::false_type owns_memory(const void*);
} // namespace contract

/// Eigen vectors, matrices, arrays and maps, in place; blocks when their memory has no gaps.
template <class Container>
    requires contract::eigen_memory<Container>
struct tensor_adapter<Container> {
    /// Whether a temporary of this type refers to memory that outlives it, as a map or a block does.
    static constexpr bool is_view = !decltype(contract::owns_memory(static_cast<Container*>(nullptr)))::value;

    /// The memory of an Eigen object, writable unless the object is const.
    template <class Dense>
    static auto view(Dense& dense) {
        const bool vector = dense.rows() == 1 || dense.cols() == 1;
        const bool gapless =
            dense.size() == 0 || (dense.innerStride() == 1 && (vector || dense.outerStride() == dense.innerSize()));
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
class eigen_backend : lane_loops<T, Store> {
    using loops = lane_loops<T, Store>; // what it does with a chunk, as its own functions

  public:
    static constexpr const char* name = "eigen";
    using scalar = T;
    using buffer = Eigen::Array<T, Eigen::Dynamic, 1>;

    buffer zeros(index_t n) const { return buffer::Zero(n); }
    T* data(buffer& b) const { return b.data(); }
    const T* data(const buffer& b) const { return b.data(); }
    index_t size(const buffer& b) const { return b.size(); }

    std::vector<T> to_host(const T* from, index_t n) const { return std::vector<T>(from, from + n); }
    void to_device(const std::vector<T>& from, T* to) const { std::copy(from.begin(), from.end(), to); }

    /// Elements per chunk: large against the cost of a chunk, small against a model.
    index_t chunk_size() const { return 16384; }

    /// work(c) for c in [0, chunks), on several threads when OpenMP is on. What work throws is thrown here.
    template <class Work>
    void for_each_chunk(index_t chunks, Work&& work) const {
#if defined(_OPENMP)
        first_exception thrown;
#pragma omp parallel for schedule(static) if (chunks > 1)
        for (index_t c = 0; c < chunks; ++c) thrown.guard(c, [&] { work(c); });
        thrown.rethrow();
#else
        for (index_t c = 0; c < chunks; ++c) work(c);
#endif
    }

    /// elements(kernel, first, last), groups(kernel, factor, theta, layout, first, last), sum_of_squares(values, first, last)
    using loops::elements;
    using loops::groups;
    using loops::sum_of_squares;

    /// Runs a kernel over a tensor and then f(theta) on the tensor as a whole; returns how many non-zeros it has then.
    template <class Kernel, class Function>
    index_t whole(const Kernel& kernel, T* theta, const tensor_shape& shape, Function&& f) const {
        const index_t size = shape.size();
        old_support<kernel::compares_supports<Kernel>> before;
        before.start();
        before.look(theta, size);
        elements(kernel, 0, size);
        f(tensor_view<T>{theta, shape});
        index_t counted = 0;
        for (index_t i = 0; i < size; ++i) counted += before.count(theta[i], i);
        return counted;
    }

    /// f(i) for i in [first, last), f a functor on single elements.
    template <class Function>
    void for_each(const Function& f, index_t first, index_t last) const {
        for (index_t i = first; i < last; ++i) f(i);
    }

    /// The k-th smallest (k from 1) of n values and the one after it, which is the same when k = n.
    /// Reorders the values.
    std::pair<T, T> order_statistics(T* values, index_t n, index_t k) const {
        return selection<T>::with_next(values, n, k);
    }

    /// The same of values that are computed where they are needed: parts(visit) calls visit(value, count) for
    /// one stretch after the other, n values in all, and value(access) is a scalar or a lane. One read of
    /// what the values are made from; `scratch` holds n values, of which few are written. Where the k-th is
    /// expected, strictly between two values, it is found faster.
    template <class Parts>
    std::pair<T, T> order_statistics_of(const Parts& parts, index_t n, index_t k, T* scratch,
                                        std::pair<T, T> expected) const {
        return selection<T>::with_next_of(parts, n, k, scratch, expected,
                                          [this](index_t pieces, auto&& work) { this->for_each_chunk(pieces, work); });
    }
};

} // namespace bregman
