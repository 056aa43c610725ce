#pragma once

#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// phi(theta) = sum theta_i log theta_i - theta_i on theta > 0, the potential of exponentiated gradients
/// (Kivinen and Warmuth 1997): a step of the dual variable multiplies theta.
///
///     to_dual     log x
///     to_primal   exp v
///
/// theta stays positive; what underflows counts as zero. log 0 has no finite value, so that to_dual takes
/// everything below the smallest normal number, also a start at 0, for that number: v stays finite. With the
/// regularizer `simplex` the step is a softmax.
template <class T>
struct negative_entropy {
    static constexpr const char* name = "negative_entropy";
    static constexpr bool is_positive = true;
    static constexpr T smallest = std::numeric_limits<T>::min(); ///< to_dual takes smaller values of theta for this one

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const V& theta) const {
        return log(max(theta, V(smallest)));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const V& dual) const {
        return exp(dual);
    }
    /// phi of one element; infinite below 0.
    BREGMAN_HOST_DEVICE T value(T theta) const {
        if (theta < T(0)) return infinity_of<T>();
        return theta > T(0) ? theta * log(theta) - theta : T(0);
    }
    /// phi^* of one element.
    BREGMAN_HOST_DEVICE T conjugate(T dual) const { return exp(dual); }

    template <class Field>
    void visit(Field&&) {}
};

} // namespace bregman
