#pragma once

#include <cmath>
#include <concepts>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// J = 0 where low <= theta_i <= high for all i, else infinite: prox is the nearest point of the box,
/// whatever lambda is. low <= high, default [0, 1]; infinite bounds are allowed. With a mirror map that is
/// not euclidean theta = clamp(to_primal(v), low, high), for every separable one is monotone in each element.
struct box {
    static constexpr const char* name = "box";
    static constexpr bool is_interval = true;

    double low = 0;  ///< a number or -infinity
    double high = 1; ///< >= low, a number or infinity

    template <std::floating_point T>
    BREGMAN_HOST_DEVICE T value(T x) const {
        return x >= T(low) && x <= T(high) ? T(0) : infinity_of<T>();
    }
    /// 0, the smallest element of the normal cone.
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V&) const {
        return V(0);
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T) const {
        return clamp(x, V(low), V(high));
    }

    void validate() const {
        require(is_finite(low) || low < 0, "box.low", low, "any number or -infinity",
                "-infinity leaves the box open below");
        require(high >= low && (is_finite(high) || high > 0), "box.high", high, ">= box.low, above -infinity",
                "infinity leaves the box open above");
    }

    template <class Field>
    void visit(Field&& field) {
        field("low", low);
        field("high", high);
    }
};

} // namespace bregman
