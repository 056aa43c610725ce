#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/directions/nested.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// Coupled weight decay, g <- g + weight_decay * theta before the direction sees it: the gradient of an
/// additional (weight_decay / 2) ||theta||^2 in the loss. With `adam` the optimizer is AdaBregL2. theta is
/// read in the step, one more stream of memory.
///
/// weight_decay >= 0, default 1e-4. The bits without decay are those of `Direction` alone.
template <class Direction>
struct with_weight_decay {
    static inline const std::string name = policy_name(Direction{}) + " with weight decay";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    double weight_decay = 1e-4; ///< mu >= 0, finite

    /// The direction's own increment and one function more.
    template <class Inner, class T>
    struct increment : Inner {
        T weight_decay;

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_gradient(const V& g, const V& theta) const {
            return nested::adjust_gradient(static_cast<const Inner&>(*this), g + theta * V(weight_decay), theta);
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
        return increment<std::remove_const_t<decltype(inner)>, T>{inner, T(weight_decay)};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(weight_decay >= 0 && is_finite(weight_decay), "weight_decay", weight_decay, ">= 0, finite",
                "1e-4 is a usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("weight_decay", weight_decay);
    }
};

/// Decoupled weight decay (Loshchilov and Hutter 2019): theta <- (1 - tau weight_decay) theta after the
/// primal step. With `adam` the optimizer is AdaBregW.
///
/// v does not see the decay: afterwards theta is no longer grad (phi + lambda J)^*(v), and the next step
/// starts from v as if there had been none, so that the decay scales each theta once instead of building up
/// as in AdamW. A decay that v knows is `with_weight_decay`, or the regularizer `elastic_net`.
///
/// weight_decay >= 0 with tau * weight_decay <= 1, default 1e-4.
template <class Direction>
struct with_decoupled_weight_decay {
    static inline const std::string name = policy_name(Direction{}) + " with decoupled weight decay";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    double weight_decay = 1e-4; ///< mu >= 0, finite

    /// The direction's own increment and one number more.
    template <class Inner, class T>
    struct increment : Inner {
        T primal_factor; // of theta, after the primal step
    };

    BREGMAN_HOST_DEVICE double remember(double before, const tensor_statistics& seen) const
        requires contract::remembers_tensors<Direction>
    {
        return direction.remember(before, seen);
    }

    template <class T, class... Remembered>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, Remembered... remembered) const {
        const double factor = 1 - double(step_size) * weight_decay;
        require_on_host(factor >= 0, "step size * weight_decay", double(step_size) * weight_decay, "[0, 1]",
                        "make the weight decay smaller: it would turn the sign of theta");
        const auto inner = direction.at(step, step_size, remembered...);
        return increment<std::remove_const_t<decltype(inner)>, T>{inner, T(factor) * nested::primal_factor<T>(inner)};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(weight_decay >= 0 && is_finite(weight_decay), "weight_decay", weight_decay, ">= 0, finite",
                "1e-4 is a usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("weight_decay", weight_decay);
    }
};

/// Weight decay inside v, decoupled: neither momentum nor Adam's denominator sees it, and it lasts.
///
///     v <- v - tau direction(g) - tau weight_decay theta
///
/// On the support of l1 theta moves by -delta tau direction(g) - delta tau weight_decay theta, so that at g = 0 it decays by
/// the factor 1 - delta tau weight_decay in each step, for every direction alike. Stationary is direction(g) =
/// -weight_decay theta, so a lambda that is right belongs to its decay. theta is read in the step, one more stream of
/// memory. The coupled form, where the direction sees the decay, is with_weight_decay.
///
/// weight_decay >= 0 with tau * weight_decay <= 1, default 1e-4.
template <class Direction>
struct with_dual_weight_decay {
    static inline const std::string name = policy_name(Direction{}) + " with weight decay in v";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    double weight_decay = 1e-4; ///< mu >= 0, finite

    /// The direction's own increment, and the pull of theta on v.
    template <class Inner, class T>
    struct increment : Inner {
        T pull; // tau weight_decay

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_dual(const V& v, const V& theta) const {
            return nested::adjust_dual(static_cast<const Inner&>(*this), v, theta) - theta * V(pull);
        }
    };

    BREGMAN_HOST_DEVICE double remember(double before, const tensor_statistics& seen) const
        requires contract::remembers_tensors<Direction>
    {
        return direction.remember(before, seen);
    }

    template <class T, class... Remembered>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, Remembered... remembered) const {
        const double pull = double(step_size) * weight_decay;
        require_on_host(pull <= 1, "step size * weight_decay", pull, "[0, 1]",
                        "make the weight decay smaller: it would turn the sign of theta");
        const auto inner = direction.at(step, step_size, remembered...);
        return increment<std::remove_const_t<decltype(inner)>, T>{inner, T(pull)};
    }

    void validate() const {
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(weight_decay >= 0 && is_finite(weight_decay), "weight_decay", weight_decay, ">= 0, finite",
                "1e-4 is a usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("weight_decay", weight_decay);
    }
};

} // namespace bregman
