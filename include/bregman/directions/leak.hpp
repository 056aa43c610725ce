#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/directions/nested.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// A dual variable that forgets, around any direction:
///
///     v <- (1 - leak) v - tau direction(g)
///
/// Gradients count for about 1 / leak steps. v without a leak sums for ever, so that a weight whose gradients are tiny
/// and always of one sign crosses any lambda in the end; with it |v| stays below tau |direction| / leak, and a weight
/// stays alive only under a demand above leak lambda / tau that lasts.
///
/// leak in [0, 1), default 1e-3. A leak of 0 is `Direction` alone, to the bit.
template <class Direction>
struct with_leak {
    static inline const std::string name = policy_name(Direction{}) + " with leak";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    double leak = 1e-3; ///< gamma in [0, 1): v forgets in about 1 / gamma steps

    /// The direction's own increment, and what is left of v; a decay inside acts on that.
    template <class Inner, class T>
    struct increment : Inner {
        T kept; // 1 - leak

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_dual(const V& v) const
            requires(!requires(const Inner& inner) { inner.adjust_dual(v, v); })
        {
            const V left = v * V(kept);
            return nested::adjust_dual(static_cast<const Inner&>(*this), left, left); // nothing inside reads theta
        }
        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_dual(const V& v, const V& theta) const
            requires requires(const Inner& inner) { inner.adjust_dual(v, theta); }
        {
            return Inner::adjust_dual(v * V(kept), theta);
        }
    };

    BREGMAN_HOST_DEVICE double remember(double before, const tensor_statistics& seen) const
        requires contract::remembers_tensors<Direction>
    {
        return direction.remember(before, seen);
    }

    template <class T, class... Remembered>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, Remembered... remembered) const {
        const auto inner = direction.at(step, step_size, remembered...);
        return increment<std::remove_const_t<decltype(inner)>, T>{inner, T(1 - leak)};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(leak >= 0 && leak < 1, "leak", leak, "[0, 1)", "1e-3 forgets in about a thousand steps");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("leak", leak);
    }
};

} // namespace bregman
