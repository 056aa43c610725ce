#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <Eigen/SparseCore>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// An Eigen sparse matrix as a linear operator. An lvalue is referred to and must outlive the operator; an
/// rvalue is kept. Column-major matrices make A x over a support read those columns alone.
template <class T, int Order = Eigen::ColMajor, class Index = int>
class sparse_operator {
  public:
    /// The matrix's type.
    using matrix = Eigen::SparseMatrix<T, Order, Index>;

    explicit sparse_operator(const matrix& a) : a_(&a) {}
    explicit sparse_operator(matrix&& a) : owner_(std::make_shared<const matrix>(std::move(a))), a_(owner_.get()) {}

    index_t rows() const { return a_->rows(); }
    index_t cols() const { return a_->cols(); }
    /// The matrix.
    const matrix& get() const { return *a_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows());
        y.noalias() = *a_ * x;
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.resize(cols());
        x.noalias() = a_->adjoint() * y;
    }
    void apply_on_support(const dense_vector<T>& x, const std::vector<index_t>& support, dense_vector<T>& y) const
        requires(Order == Eigen::ColMajor)
    {
        y.setZero(rows());
        for (index_t j : support)
            for (typename matrix::InnerIterator entry(*a_, Index(j)); entry; ++entry)
                y[entry.row()] += entry.value() * x[j];
    }

  private:
    std::shared_ptr<const matrix> owner_;
    const matrix* a_;
};

} // namespace bregman
