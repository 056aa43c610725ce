#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// N:M sparsity: of each m consecutive elements the n with the largest absolute value stay, the others are 0.
/// Default 2:4, the pattern that sparse tensor cores multiply. n in [1, m], m in [2, 64].
///
/// J = 0 on such tensors, else infinite: a set that is not convex. prox is the nearest point of it, whatever
/// lambda is; where sizes are equal the first ones stay. The theory of mirror descent does not cover it: the
/// step is the group operation theta = delta * mask(v) that follows v's present order, and there is no
/// certificate.
///
/// The m elements lie side by side in memory, along the rows of a row-major tensor (everything under one
/// first index) or the columns of a column-major matrix, whose length m must divide. A tensor regularizer: it
/// runs on the host and allocates nothing.
struct n_of_m {
    static constexpr const char* name = "n_of_m";
    static constexpr bool ignores_lambda = true;
    static constexpr int largest_m = 64; ///< of the pattern

    int n = 2; ///< in [1, m]: so many of each m stay
    int m = 4; ///< in [2, largest_m]

    template <class T>
    T value(const tensor_view<const T>& x) const {
        for (index_t first = 0; first < x.size(); first += m)
            if (std::count_if(x.data + first, x.data + first + m, [](T at) { return at != T(0); }) > n)
                return infinity_of<T>();
        return T(0);
    }
    /// 0, which every indicator has.
    template <class T>
    void subgradient(const tensor_view<const T>&, const tensor_view<T>& result) const {
        std::fill_n(result.data, result.size(), T(0));
    }
    template <class T>
    void prox(const tensor_view<T>& x, T) const {
        for (index_t first = 0; first < x.size(); first += m) mask(x.data + first);
    }

    void validate() const {
        require(m >= 2 && m <= largest_m, "n_of_m.m", m, "[2, 64]", "2:4 is what sparse tensor cores take");
        require(n >= 1 && n <= m, "n_of_m.n", n, "[1, m]", "2:4 is what sparse tensor cores take");
    }
    void validate(const tensor_shape& shape) const {
        validate();
        const index_t line = line_size(shape);
        if (line % m != 0)
            refuse("n_of_m.m", m, "a divisor of the contiguous length, " + std::to_string(line) + " here",
                   "use another m for this tensor, or leave it unregularized");
    }

    template <class Field>
    void visit(Field&& field) {
        field("n", n);
        field("m", m);
    }

  private:
    static index_t line_size(const tensor_shape& shape) {
        if (shape.extents.size() < 2 || shape.size() == 0) return shape.size();
        return shape.order == storage_order::row_major ? shape.size() / shape.extents.front() : shape.extents.front();
    }

    template <class T>
    void mask(T* x) const {
        std::array<T, largest_m> sizes{}; // all of it, or g++ warns of what is beyond m
        std::transform(x, x + m, sizes.begin(), [](T at) { return std::abs(at); });
        std::nth_element(sizes.begin(), sizes.begin() + (n - 1), sizes.begin() + m, std::greater<T>());
        const T smallest = sizes[std::size_t(n - 1)]; // that stays
        auto equal_ones_to_keep = n - std::count_if(x, x + m, [=](T at) { return std::abs(at) > smallest; });
        for (int i = 0; i < m; ++i) {
            const T size = std::abs(x[i]);
            const bool stays = size > smallest || (size == smallest && equal_ones_to_keep-- > 0);
            if (!stays) x[i] = T(0);
        }
    }
};

} // namespace bregman
