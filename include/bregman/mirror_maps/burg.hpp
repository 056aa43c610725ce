#pragma once

#include <cmath>
#include <limits>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// Burg's entropy phi(theta) = - sum log theta_i on 0 < theta <= largest, the potential of Poisson data
/// (Bauschke, Bolte, Teboulle 2017: Poisson's likelihood is smooth relative to it).
///
///     to_dual     -1 / x
///     to_primal   -1 / v,   at most `largest`
///
/// -log x alone has a conjugate for v < 0 only. The bound theta <= largest belongs to phi and makes grad
/// phi^* a function of every v: min(-1/v, largest) for v < 0 and `largest` for v >= 0, from where a gradient
/// of positive sign leads back. largest > 0, default 1e6. to_dual takes everything below the smallest normal
/// number, also 0, for that number.
template <class T>
struct burg {
    static constexpr const char* name = "burg";
    static constexpr bool is_positive = true;
    static constexpr T smallest = std::numeric_limits<T>::min(); ///< to_dual takes smaller values of theta for this one

    T largest = T(1e6); ///< the bound of theta, > 0, finite

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const V& theta) const {
        return V(T(-1)) / max(theta, V(smallest));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const V& dual) const {
        return V(T(1)) / max(-dual, V(T(1) / largest));
    }
    /// phi of one element; infinite outside of (0, largest].
    BREGMAN_HOST_DEVICE T value(T theta) const {
        return theta > T(0) && theta <= largest ? -log(theta) : infinity_of<T>();
    }
    /// phi^* of one element, -1 - log(-v) where that is the larger of the two; beyond, v largest + log
    /// largest.
    BREGMAN_HOST_DEVICE T conjugate(T dual) const {
        const T theta = to_primal(dual);
        return dual * theta + log(theta);
    }

    void validate() const {
        require(largest > 0 && is_finite(largest), "burg.largest", largest, "> 0, finite",
                "name a bound that the solution does not reach, such as 1e6");
    }

    template <class Field>
    void visit(Field&& field) {
        field("largest", largest);
    }
};

} // namespace bregman
