#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <Eigen/Core>
#include <Eigen/SVD>

#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// J(X) = the sum of the singular values of X (nuclear norm): prox softens them by t, so that the rank falls
/// (Cai, Candes, Shen 2010, whose singular value thresholding is LinBreg with this J).
///
///     prox           U max(S - t, 0) V^T
///     subgradient    U V^T over the non-zero singular values, the smallest
///
/// X is a matrix, or a tensor as the matrix of its first index against all others (column-major: all but the
/// last against the last); a vector is a matrix of one column, where J is its Euclidean norm. A low rank is
/// not sparsity: hardly an element becomes zero, so use it with a fixed lambda.
///
/// A tensor regularizer: it runs on the host and allocates. One SVD (Eigen's BDCSVD) per call, in double for
/// every T, O(m n min(m, n)). No detour over X^T X: it would lose the singular values below 1e-8 of the
/// largest.
struct nuclear {
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static constexpr const char* name = "nuclear";

    template <class T>
    T value(const tensor_view<const T>& x) const {
        return x.size() == 0 ? T(0) : T(decomposition(x, 0).singularValues().sum());
    }
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        if (x.size() == 0) return;
        const svd s = decomposition(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
        const auto& values = s.singularValues();
        const double cut = values[0] * double(std::numeric_limits<T>::epsilon()) * double(std::max(s.rows(), s.cols()));
        put(s, values.unaryExpr([cut](double value) { return value > cut ? 1.0 : 0.0; }), result);
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        if (t == T(0) || x.size() == 0) return;
        const svd s = decomposition(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
        put(s, (s.singularValues().array() - double(t)).max(0.0).matrix(), x);
    }
    /// The norm that this one is dual to: the largest singular value.
    template <class T>
    T polar(const tensor_view<const T>& z) const {
        return z.size() == 0 ? T(0) : T(decomposition(z, 0).singularValues()[0]);
    }

  private:
    using svd = Eigen::BDCSVD<Eigen::MatrixXd>;

    struct matrix_size {
        index_t rows, columns;
    };
    static matrix_size size_of(const tensor_shape& shape) {
        if (shape.size() == 0) return {0, 0};
        if (shape.extents.size() < 2) return {shape.size(), 1};
        if (shape.order == storage_order::row_major)
            return {shape.extents.front(), shape.size() / shape.extents.front()};
        const index_t last = shape.extents[shape.extents.size() - 1];
        return {shape.size() / last, last};
    }

    template <class T>
    static svd decomposition(const tensor_view<T>& x, unsigned options) {
        const auto [rows, columns] = size_of(x.shape);
        if (x.shape.order == storage_order::row_major)
            return svd(row_major<const T>(x.data, rows, columns).template cast<double>(), options);
        return svd(column_major<const T>(x.data, rows, columns).template cast<double>(), options);
    }

    /// U diag(values) V^T, formed from the leading non-zero values alone.
    template <class T>
    static void put(const svd& s, const Eigen::VectorXd& values, const tensor_view<T>& to) {
        if (s.info() != Eigen::Success) { // an element is not finite
            std::fill_n(to.data, to.size(), nan_of<T>());
            return;
        }
        const index_t rank = (values.array() != 0).count(); // they are sorted
        const Eigen::MatrixXd result =
            s.matrixU().leftCols(rank) * values.head(rank).asDiagonal() * s.matrixV().leftCols(rank).transpose();
        if (to.shape.order == storage_order::row_major)
            row_major<T>(to.data, result.rows(), result.cols()) = result.template cast<T>();
        else
            column_major<T>(to.data, result.rows(), result.cols()) = result.template cast<T>();
    }

    template <class T, int Order>
    using matrix =
        std::conditional_t<std::is_const_v<T>,
                           const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Order>,
                           Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order>>;
    template <class T>
    using row_major = Eigen::Map<matrix<T, Eigen::RowMajor>>;
    template <class T>
    using column_major = Eigen::Map<matrix<T, Eigen::ColMajor>>;
};

} // namespace bregman
