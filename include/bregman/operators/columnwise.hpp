#pragma once

#include <type_traits>
#include <utility>

#include <bregman/operators/as_operator.hpp>

namespace bregman {

/// One operator for several right-hand sides: X (n x k) to A X (m x k), both as vectors of their columns one after the other.
/// For multi-task problems, min loss(A X, B) + lambda J(X), where J couples the columns (group_rows with the shape
/// {{n, k}, storage_order::column_major}, nuclear).
///
///     const columnwise_operator<double, Eigen::MatrixXd> tasks(A, B.cols());
///     minimise_penalised(tasks, B.reshaped(), {.regularizer = group_rows{}, .shape = tasks.shape()});
///
/// A is an Eigen matrix or a linear operator and is referred to.
template <class T, class A>
class columnwise_operator {
  public:
    columnwise_operator(const A& a, index_t columns) : a_(as_operator<T>(a)), columns_(columns) {
        require(columns >= 1, "columns", columns, ">= 1", "there must be a right-hand side");
    }

    index_t rows() const { return a_.rows() * columns_; }
    index_t cols() const { return a_.cols() * columns_; }
    /// Of X, as regularizers want it.
    tensor_shape shape() const { return {{a_.cols(), columns_}, storage_order::column_major}; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        each(x, a_.cols(), y, a_.rows(), [&](const auto& from, auto& to) { a_.apply(from, to); });
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        each(y, a_.rows(), x, a_.cols(), [&](const auto& from, auto& to) { a_.apply_transposed(from, to); });
    }

  private:
    template <class Product>
    void each(const dense_vector<T>& from, index_t from_size, dense_vector<T>& to, index_t to_size,
              const Product& product) const {
        to.resize(to_size * columns_);
        dense_vector<T> in, out;
        for (index_t j = 0; j < columns_; ++j) {
            in = from.segment(j * from_size, from_size);
            product(in, out);
            to.segment(j * to_size, to_size) = out;
        }
    }

    using held = decltype(as_operator<T>(std::declval<const A&>())); // a reference, or a view that is made here
    held a_;
    index_t columns_;
};

} // namespace bregman
