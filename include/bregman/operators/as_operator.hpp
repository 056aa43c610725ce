#pragma once

#include <ranges>
#include <type_traits>

#include <bregman/operators/dense.hpp>
#include <bregman/operators/sparse.hpp>

/// \file
/// What users hold, as what a solver works with: A as a linear operator, b and x as vectors.

namespace bregman {

namespace contract {
// By overload resolution: the base of a VectorBlock is that of the Block below it.
template <class D>
void takes_dense(const Eigen::DenseBase<D>&);
template <class D>
void takes_matrix(const Eigen::MatrixBase<D>&);
template <class D>
void takes_sparse(const Eigen::SparseMatrixBase<D>&);
template <class A>
concept eigen_dense = requires(const A& a) { takes_dense(a); };
template <class A>
concept eigen_matrix = requires(const A& a) { takes_matrix(a); };
template <class A>
concept eigen_sparse = requires(const A& a) { takes_sparse(a); };

template <class B>
struct vector_scalar {
    using type = double; // what is no vector is refused by as_vector, in words
};
template <class B>
    requires requires { typename B::Scalar; }
struct vector_scalar<B> {
    using type = typename B::Scalar;
};
template <class B>
    requires(!requires { typename B::Scalar; } && std::ranges::contiguous_range<const B>)
struct vector_scalar<B> {
    using type = std::remove_cvref_t<std::ranges::range_value_t<const B>>;
};
} // namespace contract

/// The scalar type of a vector: of an Eigen expression, or of what std::span, std::vector and std::array hold. `double`
/// stands for what no solver computes in, which as_vector refuses.
template <class B>
using scalar_of = std::conditional_t<is_solver_scalar<typename contract::vector_scalar<std::remove_cvref_t<B>>::type>,
                                     typename contract::vector_scalar<std::remove_cvref_t<B>>::type, double>;

/// What a solver works with when it is given `a` and vectors of T. A dense or sparse Eigen matrix becomes an operator
/// that refers to it; so do maps and blocks with contiguous columns (rows, where they are row-major). Any other
/// expression is evaluated and kept. Everything that is not Eigen's is an operator already.
template <class T, class A>
decltype(auto) as_operator(const A& a) {
    if constexpr (contract::eigen_dense<A>) {
        constexpr bool same = std::is_same_v<typename A::Scalar, T>;
        static_assert(same, "bregman: A and b have different scalars; cast one, for instance A.cast<double>()");
        constexpr int order = A::IsRowMajor ? Eigen::RowMajor : Eigen::ColMajor;
        using matrix = typename dense_operator<T, order>::matrix;
        if constexpr (!same)
            return dense_operator<T, order>(matrix(0, 0)); // the static_assert is the only error
        else if constexpr (contract::eigen_matrix<A> && bool(A::Flags & Eigen::DirectAccessBit) &&
                           A::InnerStrideAtCompileTime == 1)
            return dense_operator<T, order>(typename dense_operator<T, order>::view(
                a.data(), a.rows(), a.cols(), Eigen::OuterStride<>(a.outerStride())));
        else if constexpr (contract::eigen_matrix<A>)
            return dense_operator<T, order>(matrix(a));
        else
            return dense_operator<T, order>(matrix(a.matrix()));
    } else if constexpr (contract::eigen_sparse<A>) {
        constexpr bool same = std::is_same_v<typename A::Scalar, T>;
        static_assert(same, "bregman: A and b have different scalars; cast one, for instance A.cast<double>()");
        constexpr int order = A::IsRowMajor ? Eigen::RowMajor : Eigen::ColMajor;
        using op = sparse_operator<T, order, typename A::StorageIndex>;
        if constexpr (!same)
            return op(typename op::matrix());
        else if constexpr (std::is_same_v<A, typename op::matrix>)
            return op(a);
        else
            return op(typename op::matrix(a));
    } else {
        return (a);
    }
}

/// A vector from what a user holds: an Eigen expression of one column or one row, a std::span, std::vector or
/// std::array of numbers. A `dense_vector` is referred to, everything else is copied.
template <class B>
decltype(auto) as_vector(const B& b, const char* name = "b") {
    using T = scalar_of<B>;
    constexpr bool is_vector =
        contract::eigen_dense<B> || contract::eigen_sparse<B> || std::ranges::contiguous_range<const B>;
    static_assert(is_vector, "bregman: pass an Eigen vector, or a std::span or std::vector of numbers");
    constexpr bool is_scalar = is_solver_scalar<typename contract::vector_scalar<B>::type>;
    static_assert(is_scalar, "bregman: solvers compute in float, double and their complex numbers; cast the vector, "
                             "for instance b.cast<double>()");
    if constexpr (!is_vector || !is_scalar) {
        return dense_vector<double>(); // the static_asserts are the only errors
    } else if constexpr (std::is_same_v<B, dense_vector<T>>) {
        return (b);
    } else if constexpr (contract::eigen_dense<B> || contract::eigen_sparse<B>) {
        const bool fits = b.cols() == 1 || b.rows() == 1;
        if (!fits)
            refuse(name, std::to_string(b.rows()) + " x " + std::to_string(b.cols()), "a vector",
                   "pass one column of it");
        const dense_matrix<T> values(b);
        return dense_vector<T>(Eigen::Map<const dense_vector<T>>(values.data(), values.size()));
    } else {
        return dense_vector<T>(Eigen::Map<const dense_vector<T>>(std::data(b), index_t(std::size(b))));
    }
}

} // namespace bregman
