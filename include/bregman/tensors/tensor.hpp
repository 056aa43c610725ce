#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>

/// \file
/// How the optimizer sees what the user owns: a pointer, a size and a shape. Nothing is copied.

namespace bregman {

/// Sizes and positions. Signed, as in Eigen; `index` itself is a function of POSIX.
using index_t = std::ptrdiff_t;

/// Which index runs fastest: the last, as in C and LibTorch, or the first, as in Eigen's matrices.
enum class storage_order { row_major, column_major };

/// The extents of a tensor: at most 8, kept in place, so that looking at a tensor allocates nothing.
class tensor_extents {
  public:
    static constexpr std::size_t max_order = 8; ///< indices that a tensor may have

    tensor_extents() = default;
    tensor_extents(std::initializer_list<index_t> extents) : tensor_extents(extents.begin(), extents.end()) {}
    template <class Iterator>
    tensor_extents(Iterator first, Iterator last) {
        for (; first != last; ++first) {
            require(order_ < max_order, "tensor order", order_ + 1, "at most 8", "merge some of the extents");
            require(*first >= 0, "tensor extent", *first, ">= 0", "pass the shape of the tensor");
            values_[order_++] = index_t(*first);
        }
        multiply();
    }

    /// Their product, 1 when there are none.
    index_t product() const { return product_; }

    /// The order of the tensor.
    std::size_t size() const { return order_; }
    /// Whether there is no extent, which stands for a vector.
    bool empty() const { return order_ == 0; }
    /// The first extent.
    const index_t* begin() const { return values_.data(); }
    /// Behind the last extent.
    const index_t* end() const { return values_.data() + order_; }
    /// The i-th extent, from 0; not checked.
    index_t operator[](std::size_t i) const { return values_[i]; }
    /// The first extent; not checked.
    index_t front() const { return values_[0]; }
    bool operator==(const tensor_extents&) const = default; ///< Whether all extents are equal.

  private:
    void multiply() {
        constexpr index_t most = std::numeric_limits<index_t>::max();
        for (index_t extent : *this)
            if (extent == 0) product_ = 0;
        for (index_t extent : *this) {
            if (product_ != 0 && extent > most / product_)
                refuse("elements of the tensor", std::to_string(product_) + " x " + std::to_string(extent),
                       "at most " + std::to_string(most), "look at the extents, one of them is wrong");
            product_ *= extent;
        }
    }

    std::array<index_t, max_order> values_{};
    std::size_t order_ = 0;
    index_t product_ = 1;
};

/// The extents of a tensor and the order of its elements in memory. Only regularizers that form groups look
/// at it; LibTorch and C arrays are row-major, Eigen matrices column-major unless declared otherwise.
struct tensor_shape {
    tensor_extents extents;                         ///< of each index
    storage_order order = storage_order::row_major; ///< how the elements lie in memory

    /// The number of elements.
    index_t size() const { return extents.product(); }
    bool operator==(const tensor_shape&) const = default; ///< Whether extents and order are equal.
};

/// Refuses a gradient that is not laid out as theta is: of another size, or of the same size in another order. What comes
/// as a vector is taken in theta's own order.
inline void check_same_shape(const tensor_shape& theta, const tensor_shape& gradient) {
    const auto in_words = [](const tensor_shape& shape) {
        std::string words;
        for (index_t extent : shape.extents) words += (words.empty() ? "" : " x ") + std::to_string(extent);
        return words + (shape.order == storage_order::row_major ? ", row-major" : ", column-major");
    };
    if (gradient.size() != theta.size())
        refuse("gradient size", gradient.size(), "the size of theta, " + std::to_string(theta.size()),
               "pass the gradient of the same tensor");
    if (theta.extents.size() < 2 || gradient.extents.size() < 2 || theta == gradient) return;
    refuse("gradient shape", in_words(gradient), in_words(theta) + ", that of theta",
           "keep the gradient in a matrix of theta's shape and storage order");
}

/// Contiguous memory that belongs to the user.
template <class T>
struct tensor_view {
    T* data = nullptr;  ///< the first element; the memory is the user's
    tensor_shape shape; ///< of the tensor, without gaps

    /// The number of elements.
    index_t size() const { return shape.size(); }
};

/// How a user's type becomes a tensor_view: specialise it for containers of your own.
///
///     static tensor_view<T> view(Container&);     // T is const for what must not be written
///     static constexpr bool is_view = true;       // of containers that refer to memory of others
template <class Container>
struct tensor_adapter {
    static constexpr bool missing = true; ///< there is no adapter for this type
    /// Nothing: a static_assert says what to specialise.
    static tensor_view<void> view(const Container&) { return {}; }
};

/// Whether what an expression of this type refers to is still there at the end of the statement: not the memory of a
/// temporary vector. Temporary views are, of which their adapter says `static constexpr bool is_view = true`.
template <class Container>
inline constexpr bool outlives_statement = std::is_lvalue_reference_v<Container> || requires {
    requires tensor_adapter<std::remove_cvref_t<Container>>::is_view;
} || requires { tensor_adapter<std::remove_cvref_t<Container>>::missing; };

/// The memory of `container` as a tensor, without a copy.
template <class Container>
auto as_tensor(Container&& container) {
    using adapter = tensor_adapter<std::remove_cvref_t<Container>>;
    static_assert(
        !requires { adapter::missing; },
        "bregman: parameters and gradients must be memory that can be pointed to: an Eigen vector, "
        "matrix, array or map (not an expression: call .eval() and keep the result), std::vector, "
        "std::span, tensor_view, a Thrust vector (include <bregman/backends/thrust.hpp>), or a type "
        "with a tensor_adapter specialisation; see docs/concepts/tensor.md");
    return adapter::view(container);
}

/// Raw memory as a tensor: `as_tensor(pointer, 12, {{3, 4}})`; without a shape it is a vector.
template <class T>
tensor_view<T> as_tensor(T* data, index_t size, tensor_shape shape = {}) {
    if (shape.extents.empty()) shape.extents = {size};
    require(size >= 0 && shape.size() == size, "tensor size", size, "the product of the shape's extents",
            "pass the number of elements that the shape describes");
    require(data != nullptr || size == 0, "tensor data", "nullptr", "a pointer to the elements",
            "allocate the tensor before handing it to the optimizer");
    return {data, std::move(shape)};
}

template <class T>
struct tensor_adapter<tensor_view<T>> {
    static constexpr bool is_view = true;
    static tensor_view<T> view(const tensor_view<T>& tensor) { return tensor; }
};
template <class T, std::size_t Extent>
struct tensor_adapter<std::span<T, Extent>> {
    static constexpr bool is_view = true;
    static tensor_view<T> view(std::span<T, Extent> values) { return as_tensor(values.data(), index_t(values.size())); }
};
template <class T>
struct tensor_adapter<std::vector<T>> {
    static tensor_view<T> view(std::vector<T>& values) { return as_tensor(values.data(), index_t(values.size())); }
    static tensor_view<const T> view(const std::vector<T>& values) {
        return as_tensor(values.data(), index_t(values.size()));
    }
};

/// Where the groups of a tensor lie: element (o, j, i) sits at (o * size + j) * inner + i, and a group is the
/// `size` elements of one (o, i). inner = 1 means that every group is contiguous.
struct group_layout {
    index_t outer = 1; ///< indices before those of a group, together
    index_t size = 1;  ///< elements of a group
    index_t inner = 1; ///< distance of a group's elements

    /// Whether the groups are the same elements.
    bool operator==(const group_layout&) const = default;
    /// Where element j of group g sits.
    BREGMAN_HOST_DEVICE index_t at(index_t g, index_t j) const { return (g / inner * size + j) * inner + g % inner; }
    /// The number of groups.
    index_t groups() const { return outer * inner; }
};

} // namespace bregman
