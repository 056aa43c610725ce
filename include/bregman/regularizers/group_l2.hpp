#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <bregman/base/error.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// The group lasso penalty of one group of n elements, sqrt(n) ||x_g||, and what follows from it:
///
///     prox     x_g * max(1 - t sqrt(n) / ||x_g||, 0)
///     p0       sqrt(n) x_g / ||x_g||, 0 where x_g = 0
///
/// The regularizers below differ only in which elements make a group.
struct group_l2 {
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    /// What a group of one element is: the optimizer then needs no norms.
    using of_single_elements = l1;

    template <class T>
    BREGMAN_HOST_DEVICE T group_value(T norm, T size) const {
        return sqrt(size) * norm;
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_subgradient(T norm, T size) const {
        return norm > T(0) ? sqrt(size) / norm : T(0);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T group_prox(T norm, T size, T t) const {
        if (t == T(0)) return T(1); // also where the norm of tiny weights underflows
        return norm > t * sqrt(size) ? T(1) - t * sqrt(size) / norm : T(0);
    }
    template <class T>
    BREGMAN_HOST_DEVICE T critical_lambda(T norm, T size) const {
        return norm / sqrt(size);
    }
};

/// J(X) = sum over rows of sqrt(n) ||row||: whole rows (the first index of the tensor) become zero.
/// Tensors of any order; the row of a higher-order tensor is everything under one first index.
struct group_rows : group_l2 {
    static constexpr const char* name = "group_rows";

    group_layout groups(const tensor_shape& shape) const {
        require(!shape.extents.empty(), "tensor order", shape.extents.size(), ">= 1", "pass the tensor with its shape");
        const index_t rows = shape.extents.front();
        const index_t columns = rows > 0 ? shape.size() / rows : 0;
        if (shape.order == storage_order::row_major) return {rows, columns, 1};
        return {1, columns, rows};
    }
};

/// J(X) = sum over columns of sqrt(n) ||column||, n the number of rows: whole columns (the second index of
/// the matrix, an input of a linear layer) become zero. A vector is one column, and a convolution of one tap, (out, in, 1),
/// is a matrix. Of other tensors of higher order it is not clear what a column is: they are refused.
struct group_columns : group_l2 {
    static constexpr const char* name = "group_columns";

    group_layout groups(const tensor_shape& shape) const {
        require(!shape.extents.empty(), "tensor order", shape.extents.size(), ">= 1", "pass the tensor with its shape");
        for (std::size_t i = 2; i < shape.extents.size(); ++i)
            require(shape.extents[i] == 1, "extent " + std::to_string(i) + " of the tensor", shape.extents[i],
                    "1 behind rows and columns",
                    "pass the tensor as a matrix, as_tensor(pointer, size, {{rows, columns}}), or use group_kernels");
        const index_t rows = shape.extents.front();
        const index_t columns = shape.extents.size() >= 2 ? shape.extents[1] : 1;
        if (shape.order == storage_order::column_major) return {columns, rows, 1};
        return {1, rows, columns};
    }
};

/// J(W) = sum over output and input channels of sqrt(n) ||kernel||, for row-major convolution weights
/// (out, in, k...): whole kernels become zero. A kernel of one element is a group of one, where this is l1;
/// matrices and vectors have only such kernels.
struct group_kernels : group_l2 {
    static constexpr const char* name = "group_kernels";

    group_layout groups(const tensor_shape& shape) const {
        if (shape.extents.size() < 3) return {shape.size(), 1, 1};
        require(shape.order == storage_order::row_major, "storage order", "column_major", "row_major",
                "convolution weights are (out, in, k...) with k contiguous");
        const index_t kernels = shape.extents[0] * shape.extents[1];
        return {kernels, kernels > 0 ? shape.size() / kernels : 1, 1};
    }
};

} // namespace bregman
