#pragma once

#include <cstdint>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/minimize.hpp>

namespace bregman {

/// Keeps every n-th progress (n = 1 by default), ready to be plotted.
template <class T>
struct history {
    std::vector<progress<T>> entries; ///< one for each step that was seen

    explicit history(std::int64_t every = 1) : every_(every) {
        require(every >= 1, "every", every, ">= 1", "1 keeps each step");
    }
    void operator()(const progress<T>& now) {
        if (now.step % every_ == 0) entries.push_back(now);
    }

  private:
    std::int64_t every_;
};

} // namespace bregman
