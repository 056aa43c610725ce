#pragma once

#include <limits>

#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// Sees to it that steps of 1 / L stay below what the iterates show of L: of a gradient that is Lipschitz with L, two
/// differences have ||g - g'|| <= L ||x - x'||. Power iteration finds ||A||^2 from below, on difference operators a percent
/// too low and half of it where one singular value is alone; with long steps that is enough never to converge.
template <class T>
class curvature_watch {
  public:
    using real = real_of<T>;

    explicit curvature_watch(real bound) : bound_(bound) {}

    real bound() const { return bound_; }

    /// Looks at ||x - x'|| and ||g - g'||; true when the bound had to grow. Differences at rounding tell nothing.
    bool sees(real moved, real changed, real size) {
        constexpr real rounding = 1000 * std::numeric_limits<real>::epsilon();
        if (!(moved > real(0)) || !(changed > rounding * size)) return false;
        const real ratio = changed / moved;
        if (!(ratio > bound_ * real(1 + 1e-9)) || !is_finite(ratio)) return false;
        bound_ = ratio * real(1.01);
        return true;
    }

  private:
    real bound_;
};

} // namespace bregman
