#pragma once

#include <cstdint>
#include <iostream>

#include <bregman/base/error.hpp>
#include <bregman/minimize.hpp>

namespace bregman {

/// Prints one line every n steps, to std::cout unless told otherwise.
class print_every {
  public:
    explicit print_every(std::int64_t every, std::ostream& out = std::cout) : every_(every), out_(&out) {
        require(every >= 1, "every", every, ">= 1", "1 prints each step");
    }
    template <class T>
    void operator()(const progress<T>& now) const {
        if (now.step % every_ != 0) return;
        *out_ << "step " << now.step << "  loss " << now.loss << "  lambda " << now.lambda << "  sparsity "
              << now.sparsity << "  target " << now.target << '\n';
    }

  private:
    std::int64_t every_;
    std::ostream* out_;
};

} // namespace bregman
