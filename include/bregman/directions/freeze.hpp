#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <bregman/base/portability.hpp>
#include <bregman/directions/nested.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// A direction whose support can be frozen, around any direction: after optimizer.freeze(theta) weights that are zero stay zero
/// and the others go on, without a regularizer and without a law.
///
///     g <- g where theta != 0, else 0          lambda = 0
///
/// So the last steps of a training ("healing", as torchao's PAT calls it) repair what the zeros have cost: l1 shrinks the
/// weights that stay by delta lambda, and a support that goes on changing keeps them from settling. The count is kept as it
/// was, unless a weight hits 0 exactly, which a sum of rounded numbers hardly does. theta is read in each step, one more
/// stream of memory, before the freeze too. Before it the bits are those of `Direction` alone.
template <class Direction>
struct with_freeze {
    static inline const std::string name = policy_name(Direction{}) + " with freeze";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    bool frozen = false; ///< set by optimizer::freeze

    /// The direction's own increment, blind to the gradients of zeros.
    template <class Inner>
    struct increment : Inner {
        bool frozen;

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_gradient(const V& g, const V& theta) const {
            const V seen = nested::adjust_gradient(static_cast<const Inner&>(*this), g, theta);
            return frozen ? select(abs(theta) > V(0), seen, V(0)) : seen;
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
        return increment<std::remove_const_t<decltype(inner)>>{inner, frozen};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("frozen", frozen);
    }
};

/// Whether a direction can freeze, or one that it has as `direction` inside.
template <class Direction>
constexpr bool has_a_freeze() {
    if constexpr (requires(Direction& d) {
                      { d.frozen } -> std::same_as<bool&>;
                  })
        return true;
    else if constexpr (requires(Direction& d) { d.direction; })
        return has_a_freeze<std::remove_cvref_t<decltype(std::declval<Direction&>().direction)>>();
    else
        return false;
}
template <class Direction>
inline constexpr bool can_freeze = has_a_freeze<Direction>();

/// Whether it has; can be set.
template <class Direction>
    requires can_freeze<std::remove_const_t<Direction>>
constexpr auto& frozen_of(Direction& direction) {
    if constexpr (requires { direction.frozen; })
        return direction.frozen;
    else
        return frozen_of(direction.direction);
}

/// Whether it has; one that cannot has not.
template <class Direction>
constexpr bool is_frozen([[maybe_unused]] const Direction& direction) {
    if constexpr (can_freeze<Direction>)
        return frozen_of(direction);
    else
        return false;
}

} // namespace bregman
