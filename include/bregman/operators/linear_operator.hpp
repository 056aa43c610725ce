#pragma once

#include <complex>
#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What the solvers know of a matrix A: its sizes and two products. Everything else is optional, and the
/// free functions below fall back to the two products where an operator does not have it.

namespace bregman {

/// A vector as the solvers keep it.
template <class T>
using dense_vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
/// A matrix as the solvers keep it, column by column.
template <class T>
using dense_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

/// The real numbers below a scalar: norms, step sizes, lambda and certificates are of this type.
template <class T>
using real_of = typename Eigen::NumTraits<T>::Real;

/// The real part of <a, b>, the inner product of vectors of complex numbers taken as pairs of real ones.
template <class A, class B>
auto inner(const A& a, const B& b) {
    return Eigen::numext::real(a.dot(b));
}

/// What a solver computes with: float, double, and their complex numbers.
template <class T>
inline constexpr bool is_solver_scalar =
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::complex<float>> ||
    std::is_same_v<T, std::complex<double>>;

/// A linear map from R^cols to R^rows, or from C^cols to C^rows, where A^T is to be read as the adjoint, the conjugate
/// transposed.
///
///     index rows() const;
///     index cols() const;
///     void apply(const dense_vector<T>& x, dense_vector<T>& y) const;              // y = A x
///     void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const;   // x = A^T y
///
/// Both resize what they write, and their arguments are different vectors. Optional members:
///
///     void normal(x, b, residual, gradient) const;            // residual = A x - b, gradient = A^T residual
///     void apply_on_support(x, support, y) const;             // y = A x from the columns in `support`
///     dense_matrix<T> columns(support) const;                 // those columns
///     real_of<T> norm_squared() const;                        // ||A||^2, the largest singular value squared
template <class A, class T>
concept linear_operator = requires(const A& a, const dense_vector<T>& in, dense_vector<T>& out) {
    { a.rows() } -> std::convertible_to<index_t>;
    { a.cols() } -> std::convertible_to<index_t>;
    a.apply(in, out);
    a.apply_transposed(in, out);
};

/// Positions of the non-zero elements of x, ascending.
template <class T>
std::vector<index_t> support_of(const dense_vector<T>& x) {
    std::vector<index_t> support;
    for (index_t i = 0; i < x.size(); ++i)
        if (x[i] != T(0)) support.push_back(i);
    return support;
}

template <class A, class T>
concept has_normal =
    requires(const A& a, const dense_vector<T>& x, dense_vector<T>& residual) { a.normal(x, x, residual, residual); };
template <class A, class T>
concept has_apply_on_support = requires(const A& a, const dense_vector<T>& x, const std::vector<index_t>& support,
                                        dense_vector<T>& y) { a.apply_on_support(x, support, y); };
template <class A, class T>
concept has_columns = requires(const A& a, const std::vector<index_t>& support) {
    { a.columns(support) } -> std::convertible_to<dense_matrix<T>>;
};
template <class A, class T>
concept has_norm_squared = requires(const A& a) {
    { a.norm_squared() } -> std::convertible_to<real_of<T>>;
};

/// residual = A x - b and gradient = A^T residual, in one pass over A where the operator can.
template <class A, class T>
void normal(const A& a, const dense_vector<T>& x, const dense_vector<T>& b, dense_vector<T>& residual,
            dense_vector<T>& gradient) {
    if constexpr (has_normal<A, T>) {
        a.normal(x, b, residual, gradient);
    } else {
        a.apply(x, residual);
        residual -= b;
        a.apply_transposed(residual, gradient);
    }
}

} // namespace bregman
