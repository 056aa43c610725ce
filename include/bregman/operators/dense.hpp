#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// A dense matrix as a linear operator. Column-major storage (Eigen's default) is the one for sparse
/// solutions: A x over a support of k columns then reads k/n of A. Row-major storage is the one for dense x:
/// `normal` makes A^T(A x - b) in one pass over A.
///
/// An lvalue, a map and a block of contiguous columns are referred to and must outlive the operator; an rvalue and a
/// shared_ptr are kept. Compile with
/// -fopenmp and the products use OMP_NUM_THREADS threads; their bits do not depend on how many.
template <class T, int Order = Eigen::ColMajor>
class dense_operator {
  public:
    /// A matrix of its own.
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order>;

    /// What a dense operator looks at.
    using view = Eigen::Map<const matrix, 0, Eigen::OuterStride<>>;

    explicit dense_operator(const matrix& a) : a_(view_of(a)) {}
    explicit dense_operator(matrix&& a) : dense_operator(std::make_shared<const matrix>(std::move(a))) {}
    explicit dense_operator(std::shared_ptr<const matrix> a) : owner_(std::move(a)), a_(view_of(checked(owner_))) {}
    explicit dense_operator(const view& a) : a_(a) {}

    index_t rows() const { return a_.rows(); }
    index_t cols() const { return a_.cols(); }
    /// The matrix.
    const view& get() const { return a_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows());
        for_each_block(rows(), rows_per_block, [&](index_t first, index_t count) {
            y.segment(first, count).noalias() = a_.middleRows(first, count) * x;
        });
    }

    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.resize(cols());
        if constexpr (Order == Eigen::ColMajor) {
            for_each_block(cols(), columns_per_block, [&](index_t first, index_t count) {
                x.segment(first, count).noalias() = a_.middleCols(first, count).adjoint() * y;
            });
        } else {
            sum_over_row_blocks(x, [&](index_t first, index_t count, auto&& sum) {
                sum.noalias() += a_.middleRows(first, count).adjoint() * y.segment(first, count);
            });
        }
    }

    /// residual = A x - b, gradient = A^T residual: A is read once, in blocks of rows that stay in the cache
    /// between the two products.
    void normal(const dense_vector<T>& x, const dense_vector<T>& b, dense_vector<T>& residual,
                dense_vector<T>& gradient) const {
        residual.resize(rows());
        gradient.resize(cols());
        sum_over_row_blocks(gradient, [&](index_t first, index_t count, auto&& sum) {
            const auto block = a_.middleRows(first, count);
            residual.segment(first, count) = -b.segment(first, count);
            residual.segment(first, count).noalias() += block * x;
            sum.noalias() += block.adjoint() * residual.segment(first, count);
        });
    }

    /// y = A x, from the columns in `support` alone: x is zero elsewhere.
    void apply_on_support(const dense_vector<T>& x, const std::vector<index_t>& support, dense_vector<T>& y) const {
        y.resize(rows());
        for_each_block(rows(), rows_per_block, [&](index_t first, index_t count) {
            auto part = y.segment(first, count);
            part.setZero();
            std::size_t j = 0;
            for (; j + 4 <= support.size(); j += 4) // four columns for each time y is read and written
                part += a_.col(support[j]).segment(first, count) * x[support[j]] +
                        a_.col(support[j + 1]).segment(first, count) * x[support[j + 1]] +
                        a_.col(support[j + 2]).segment(first, count) * x[support[j + 2]] +
                        a_.col(support[j + 3]).segment(first, count) * x[support[j + 3]];
            for (; j < support.size(); ++j) part += a_.col(support[j]).segment(first, count) * x[support[j]];
        });
    }

    /// The columns in `support` as a matrix of their own.
    dense_matrix<T> columns(const std::vector<index_t>& support) const {
        dense_matrix<T> chosen(rows(), index_t(support.size()));
        for (index_t j = 0; j < chosen.cols(); ++j) chosen.col(j) = a_.col(support[std::size_t(j)]);
        return chosen;
    }

  private:
    static view view_of(const matrix& a) {
        return view(a.data(), a.rows(), a.cols(), Eigen::OuterStride<>(a.outerStride()));
    }
    static const matrix& checked(const std::shared_ptr<const matrix>& a) {
        if (!a) refuse("dense_operator matrix", "nullptr", "a matrix", "pass the matrix itself");
        return *a;
    }

    static constexpr index_t rows_per_block = 1024;
    static constexpr index_t columns_per_block = 64;
    static constexpr index_t partial_sums = 8; // fixed, so that the number of threads changes no bit

    /// On several threads only where A is large against what it costs to wake them.
    template <class Work>
    void for_each_block(index_t size, index_t block, const Work& work) const {
        const index_t blocks = (size + block - 1) / block;
#if defined(_OPENMP)
        const bool large = a_.size() >= index_t(1) << 20;
#pragma omp parallel for schedule(static) if (large && blocks > 1)
#endif
        for (index_t i = 0; i < blocks; ++i) work(i * block, std::min(block, size - i * block));
    }

    /// result = the sum over blocks of rows of what `add(first, count, sum)` adds. A block fills about half
    /// of a second-level cache of 512 kB.
    template <class Add>
    void sum_over_row_blocks(dense_vector<T>& result, const Add& add) const {
        const index_t bytes_of_row = std::max<index_t>(1, cols() * index_t(sizeof(T)));
        const index_t block = std::clamp<index_t>(256 * 1024 / bytes_of_row, 4, 1024);
        const index_t per_sum = (rows() + partial_sums - 1) / partial_sums;
        dense_matrix<T> sums = dense_matrix<T>::Zero(cols(), partial_sums);
        for_each_block(rows(), std::max<index_t>(1, per_sum), [&](index_t first, index_t count) {
            auto sum = sums.col(first / std::max<index_t>(1, per_sum));
            for (index_t i = first; i < first + count; i += block) add(i, std::min(block, first + count - i), sum);
        });
        result = sums.rowwise().sum();
    }

    std::shared_ptr<const matrix> owner_;
    view a_;
};

} // namespace bregman
