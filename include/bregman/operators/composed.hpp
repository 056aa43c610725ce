#pragma once

#include <utility>
#include <vector>

#include <bregman/operators/as_operator.hpp>
#include <bregman/operators/linear_operator.hpp>

/// \file
/// Operators made of operators: products and columns of blocks. A magnetic resonance image from several coils, sparse in a
/// wavelet basis, is
///
///     std::vector coils = {compose<T>(fourier, coil_1), compose<T>(fourier, coil_2)};
///     auto A = compose<T>(stack_operators<T>(coils), synthesis);           // b: the samples of coil 1, then those of coil 2

namespace bregman {

/// A x = Outer (Inner x). Holds copies of both and work memory: not for use by two threads at once, copy it.
template <class T, class Outer, class Inner>
class product_operator {
  public:
    product_operator(Outer outer, Inner inner) : outer_(std::move(outer)), inner_(std::move(inner)) {
        static_assert(linear_operator<Outer, T> && linear_operator<Inner, T>,
                      "bregman: compose takes linear operators on vectors of T; see docs/solvers/operators.md");
        require(outer_.cols() == inner_.rows(), "rows of the inner operator", inner_.rows(),
                "the columns of the outer one", "compose operators that fit");
    }

    index_t rows() const { return outer_.rows(); }
    index_t cols() const { return inner_.cols(); }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        inner_.apply(x, between_);
        outer_.apply(between_, y);
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        outer_.apply_transposed(y, between_);
        inner_.apply_transposed(between_, x);
    }
    /// ||Outer||^2 ||Inner||^2, which ||A||^2 is not above: a bound is what step sizes need.
    real_of<T> norm_squared() const
        requires(has_norm_squared<Outer, T> && has_norm_squared<Inner, T>)
    {
        return outer_.norm_squared() * inner_.norm_squared();
    }

  private:
    Outer outer_;
    Inner inner_;
    mutable dense_vector<T> between_;
};

namespace contract {
/// An operator as a value: Eigen's matrices become operators that refer to them.
template <class T, class A>
auto operator_value(const A& a) {
    return as_operator<T>(a);
}
} // namespace contract

/// The product of operators or Eigen matrices, the leftmost acting last. Operators are copied; matrices are referred to
/// and must outlive the product.
template <class T, class A>
auto compose(const A& a) {
    return contract::operator_value<T>(a);
}
template <class T, class A, class... Inner>
auto compose(const A& a, const Inner&... inner) {
    auto outer = contract::operator_value<T>(a);
    auto rest = compose<T>(inner...);
    return product_operator<T, decltype(outer), decltype(rest)>(std::move(outer), std::move(rest));
}

/// Operators of one type below each other, A x = (A_1 x, A_2 x, ...): coils that see the same image.
template <class T, class Block>
class stacked_operator {
  public:
    explicit stacked_operator(std::vector<Block> blocks) : blocks_(std::move(blocks)) {
        static_assert(linear_operator<Block, T>,
                      "bregman: stack_operators takes linear operators on vectors of T; see docs/solvers/operators.md");
        require(!blocks_.empty(), "number of operators", blocks_.size(), ">= 1", "stack at least one");
        for (const Block& block : blocks_) {
            require(block.cols() == blocks_.front().cols(), "columns of a stacked operator", block.cols(),
                    "those of the first", "stack operators on the same unknowns");
            rows_ += block.rows();
        }
    }

    index_t rows() const { return rows_; }
    index_t cols() const { return blocks_.front().cols(); }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows_);
        index_t first = 0;
        for (const Block& block : blocks_) {
            block.apply(x, part_);
            y.segment(first, block.rows()) = part_;
            first += block.rows();
        }
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.setZero(cols());
        index_t first = 0;
        for (const Block& block : blocks_) {
            part_ = y.segment(first, block.rows());
            block.apply_transposed(part_, share_);
            x += share_;
            first += block.rows();
        }
    }

  private:
    std::vector<Block> blocks_;
    index_t rows_ = 0;
    mutable dense_vector<T> part_, share_;
};

/// The same for any number of blocks of one type. Throws std::invalid_argument for none.
template <class T, class Block>
auto stack_operators(std::vector<Block> blocks) {
    return stacked_operator<T, Block>(std::move(blocks));
}

} // namespace bregman
