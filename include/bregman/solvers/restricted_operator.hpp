#pragma once

#include <utility>
#include <vector>

#include <bregman/solvers/metered_operator.hpp>

namespace bregman {

/// A on some of its columns, A_S: as a matrix of its own where the operator gives its columns (a product then
/// costs |S|/n of one with A), through the products with A otherwise.
template <class A, class T>
class restricted_operator {
  public:
    restricted_operator(metered_operator<A, T>& a, std::vector<index_t> support) : a_(a), support_(std::move(support)) {
        if constexpr (has_columns<A, T>) {
            columns_ = a.get().columns(support_);
            a_.add_pairs(share() / 2);
        }
    }

    index_t rows() const { return a_.rows(); }
    index_t cols() const { return index_t(support_.size()); }
    const std::vector<index_t>& support() const { return support_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) {
        if constexpr (has_columns<A, T>) {
            y.noalias() = columns_ * x;
            a_.add_pairs(share() / 2);
        } else {
            full_.setZero(a_.cols());
            scatter(x, full_);
            a_.apply(full_, y);
        }
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) {
        if constexpr (has_columns<A, T>) {
            x.noalias() = columns_.adjoint() * y;
            a_.add_pairs(share() / 2);
        } else {
            a_.apply_transposed(y, full_);
            gather(full_, x);
        }
    }

    /// part = the elements of `whole` on the support.
    void gather(const dense_vector<T>& whole, dense_vector<T>& part) const {
        part.resize(cols());
        for (index_t j = 0; j < cols(); ++j) part[j] = whole[support_[std::size_t(j)]];
    }
    /// Puts `part` at the support of `whole`, which keeps its other elements.
    void scatter(const dense_vector<T>& part, dense_vector<T>& whole) const {
        for (index_t j = 0; j < cols(); ++j) whole[support_[std::size_t(j)]] = part[j];
    }

  private:
    double share() const { return double(cols()) / double(a_.cols()); }

    metered_operator<A, T>& a_;
    std::vector<index_t> support_;
    dense_matrix<T> columns_;
    dense_vector<T> full_;
};

} // namespace bregman
