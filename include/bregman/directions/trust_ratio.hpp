#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// A step size for each tensor in proportion to it, around any direction (You, Gitman, Ginsburg, Large batch training of
/// convolutional networks, 2017, LARS):
///
///     tau of a tensor = tau trust ||theta|| / ||g||        tau where one of the norms is 0
///
/// so that a step with the gradient changes v by tau trust ||theta||, whatever the scale of the layer's gradients. g is the gradient
/// after clipping, theta the tensor before the step. For directions that are in proportion to the gradient (gradient,
/// momentum, nesterov); Adam's and Lion's have lost its size. A tensor with little left of theta moves little: a sparse start
/// needs a larger step than a dense one.
///
/// trust > 0, default 1e-2.
template <class Direction>
struct with_trust_ratio {
    static inline const std::string name = policy_name(Direction{}) + " with trust ratio";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;
    static constexpr bool asks_for_theta = true; ///< theta is read, for its norm

    Direction direction{};
    double trust = 1e-2; ///< > 0, finite: what ||theta|| is multiplied by

    /// What multiplies tau in this step.
    BREGMAN_HOST_DEVICE double remember(double, const tensor_statistics& seen) const {
        const double ratio = std::sqrt(seen.theta_squares / seen.gradient_squares);
        return ratio > 0 && is_finite(ratio) ? trust * ratio : 1;
    }

    template <class T>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, double ratio = 1) const {
        return direction.at(step, T(double(step_size) * ratio));
    }

    void validate() const {
        static_assert(
            !contract::remembers_tensors<Direction>,
            "bregman: one number is kept for each tensor, and the direction inside with_trust_ratio takes it already: "
            "take one of with_trust_ratio, with_birth_by_evidence and adam_mini; see docs/concepts/direction.md");
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(trust > 0 && is_finite(trust), "trust", trust, "> 0, finite",
                "1e-2 moves a layer by a hundredth of tau");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("trust", trust);
    }
};

} // namespace bregman
