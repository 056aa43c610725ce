#pragma once

#include <cstddef>
#include <vector>

#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// Which elements of theta were not zero before a pass overwrites them, for groups and whole tensors: their thetas are known
/// only when all of them have been written. Does nothing for kernels that do not compare supports.
template <bool Compares>
class old_support {
  public:
    void start() {
        if constexpr (Compares) alive_.clear();
    }
    template <class T>
    void look([[maybe_unused]] const T* theta, [[maybe_unused]] index_t count) {
        if constexpr (Compares) {
            const std::size_t seen = alive_.size();
            alive_.resize(seen + std::size_t(count));
            for (std::size_t i = 0; i < std::size_t(count); ++i) alive_[seen + i] = theta[i] != T(0);
        }
    }
    /// What the new theta of the i-th element since start() adds to a count.
    template <class T>
    index_t count(T theta, [[maybe_unused]] index_t i) const {
        if (theta == T(0)) return 0;
        if constexpr (Compares)
            return kernel::packed_counts(1, alive_[std::size_t(i)]);
        else
            return 1;
    }

  private:
    inline static thread_local std::vector<char> alive_; // its memory stays: steps after the first ask for none
};

} // namespace bregman
