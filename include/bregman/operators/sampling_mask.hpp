#pragma once

#include <utility>
#include <vector>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// Checks that `kept` are positions in [0, size), ascending and without repetition.
inline void require_positions(const std::vector<index>& kept, index size, const char* name) {
    require(!kept.empty(), name, "empty", "at least one position", "keep at least one measurement");
    index previous = -1;
    for (index position : kept) {
        require(position > previous && position < size, name, position, "ascending positions in [0, size)",
                "sort them and remove repetitions");
        previous = position;
    }
}

/// A x = the elements of x at the given positions: what matrix completion observes. ||A|| = 1.
template <class T>
class sampling_mask {
  public:
    sampling_mask(index size, std::vector<index> kept) : size_(size), kept_(std::move(kept)) {
        require_positions(kept_, size, "sampling_mask positions");
    }

    index rows() const { return index(kept_.size()); }
    index cols() const { return size_; }
    const std::vector<index>& kept() const { return kept_; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows());
        for (index i = 0; i < rows(); ++i) y[i] = x[kept_[std::size_t(i)]];
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.setZero(size_);
        for (index i = 0; i < rows(); ++i) x[kept_[std::size_t(i)]] = y[i];
    }
    T norm_squared() const { return T(1); }

  private:
    index size_;
    std::vector<index> kept_;
};

} // namespace bregman
