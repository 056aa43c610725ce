#pragma once

#include <cmath>
#include <concepts>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// J = 0 where max |theta_i| <= radius, else infinite: prox clamps every element to [-radius, radius],
/// whatever lambda is. radius >= 0, default 1. The symmetric `box`; its dual norm is l1.
struct linf_ball {
    static constexpr const char* name = "linf_ball";
    static constexpr bool is_interval = true;

    double radius = 1; ///< >= 0

    template <std::floating_point T>
    BREGMAN_HOST_DEVICE T value(T x) const {
        return abs(x) <= T(radius) ? T(0) : infinity_of<T>();
    }
    /// 0, the smallest element of the normal cone.
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V&) const {
        return V(0);
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T) const {
        return clamp(x, V(-radius), V(radius));
    }

    void validate() const { require(radius >= 0, "linf_ball.radius", radius, ">= 0", "infinity constrains nothing"); }

    template <class Field>
    void visit(Field&& field) {
        field("radius", radius);
    }
};

} // namespace bregman
