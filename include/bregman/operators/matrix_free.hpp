#pragma once

#include <utility>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// A linear operator made of two callables:
///
///     auto A = matrix_free_operator(m, n, [](const auto& x, auto& y) { y = ...; },    // y = A x
///                                         [](const auto& y, auto& x) { x = ...; });   // x = A^T y
///
/// `adjoint_error` (adjoint.hpp) says whether the two belong to the same matrix.
template <class Apply, class ApplyTransposed>
class matrix_free_operator {
  public:
    matrix_free_operator(index_t rows, index_t cols, Apply apply, ApplyTransposed apply_transposed)
        : rows_(rows), cols_(cols), apply_(std::move(apply)), apply_transposed_(std::move(apply_transposed)) {
        require(rows >= 1, "rows", rows, ">= 1", "say how many measurements A makes");
        require(cols >= 1, "cols", cols, ">= 1", "say how many unknowns A takes");
    }

    index_t rows() const { return rows_; }
    index_t cols() const { return cols_; }

    template <class T>
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        apply_(x, y);
        require(y.size() == rows_, "size of A x", y.size(), "rows", "make the first callable fill y");
    }
    template <class T>
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        apply_transposed_(y, x);
        require(x.size() == cols_, "size of A^T y", x.size(), "cols", "make the second callable fill x");
    }

  private:
    index_t rows_, cols_;
    Apply apply_;
    ApplyTransposed apply_transposed_;
};

} // namespace bregman
