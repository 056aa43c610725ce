#pragma once

#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// A x = d_i x_i, element by element: the sensitivity of a coil, the phase of an image, weights of measurements.
/// ||A||^2 is the largest |d_i|^2.
template <class T>
class diagonal_operator {
  public:
    explicit diagonal_operator(dense_vector<T> diagonal) : diagonal_(std::move(diagonal)) {
        require(diagonal_.size() >= 1, "elements of the diagonal", diagonal_.size(), ">= 1",
                "pass one number per unknown");
        require(all_finite(diagonal_), "diagonal", "NaN or infinite", "finite numbers", "look at its elements");
    }

    index_t rows() const { return diagonal_.size(); }
    index_t cols() const { return diagonal_.size(); }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const { y = diagonal_.cwiseProduct(x); }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x = diagonal_.conjugate().cwiseProduct(y);
    }
    real_of<T> norm_squared() const { return diagonal_.cwiseAbs2().maxCoeff(); }

  private:
    dense_vector<T> diagonal_;
};

} // namespace bregman
