#pragma once

#include <utility>
#include <vector>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// Checks that `kept` are positions in [0, size), ascending and without repetition.
inline void require_positions(const std::vector<index_t>& kept, index_t size, const char* name) {
    require(!kept.empty(), name, "empty", "at least one position", "keep at least one measurement");
    index_t previous = -1;
    for (index_t position : kept) {
        require(position > previous && position < size, name, position, "ascending positions in [0, size)",
                "sort them and remove repetitions");
        previous = position;
    }
}

/// A x = the elements of x at the given positions: what matrix completion observes. ||A|| = 1. T is real or complex.
template <class T>
class sampling_mask {
  public:
    sampling_mask(index_t size, std::vector<index_t> kept) : size_(size), kept_(std::move(kept)) {
        require_positions(kept_, size, "sampling_mask positions");
    }

    index_t rows() const { return index_t(kept_.size()); }
    index_t cols() const { return size_; }
    const std::vector<index_t>& kept() const { return kept_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows());
        for (index_t i = 0; i < rows(); ++i) y[i] = x[kept_[std::size_t(i)]];
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.setZero(size_);
        for (index_t i = 0; i < rows(); ++i) x[kept_[std::size_t(i)]] = y[i];
    }
    real_of<T> norm_squared() const { return real_of<T>(1); }

  private:
    index_t size_;
    std::vector<index_t> kept_;
};

} // namespace bregman
