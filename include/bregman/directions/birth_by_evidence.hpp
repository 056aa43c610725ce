#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/directions/nested.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// A zero is born by the size of its gradients, not by their sign alone; around any direction, meant for Adam. With r the root of the
/// mean square of the tensor's gradients (m2 <- beta m2 + (1 - beta) ||g||^2 / n, r = sqrt(m2 / (1 - beta^k))):
///
///     theta_i = 0:    v_i <- (1 - leak) v_i - tau g_i / r
///     elsewhere:      v_i <- v_i - tau direction(g)_i
///
/// v of a zero is an average of its raw gradients over about 1 / leak steps, in units of the tensor's, and the zero ends where
/// that is beyond leak lambda / tau. Adam's own step is as long for gradients that are a thousand times smaller than all others, if
/// only their signs agree, so that such elements cross any lambda in the end. Deaths stay the proximal map's; the
/// direction's moments go on for zeros too. The idea is that of later work by the paper's authors, the form with r is ours.
///
/// leak in [0, 1), default 1e-3; beta in [0, 1), default 0.999. theta is read in each step, one more stream of memory, and the sum of
/// squares of each tensor's gradient is taken, as for adam_mini.
template <class Direction>
struct with_birth_by_evidence {
    static inline const std::string name = policy_name(Direction{}) + " with birth by evidence";
    static constexpr int moments = Direction::moments;
    static constexpr double default_step_size = Direction::default_step_size;

    Direction direction{};
    double leak = 1e-3;  ///< in [0, 1): forgetting of the evidence for a birth; 1e-3 averages over a thousand steps
    double beta = 0.999; ///< in [0, 1): of the mean of g^2 that the evidence is measured by

    /// The direction's own increment where theta is not zero.
    template <class Inner, class T>
    struct increment : Inner {
        T kept, rate; // 1 - leak, tau / r

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_dual(const V& v, const V& theta) const {
            const V before = select(abs(theta) > V(0), v, v * V(kept));
            return nested::adjust_dual(static_cast<const Inner&>(*this), before, theta);
        }
        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V adjust_increment(const V& d, const V& g, const V& theta) const {
            const V inside = nested::adjust_increment(static_cast<const Inner&>(*this), d, g, theta);
            return select(abs(theta) > V(0), inside, g * V(rate));
        }
    };

    /// m2 of a tensor after this step.
    BREGMAN_HOST_DEVICE double remember(double m2, const tensor_statistics& seen) const {
        return beta * m2 + (1 - beta) * (seen.gradient_squares / double(seen.size));
    }

    template <class T>
    BREGMAN_HOST_DEVICE auto at(std::int64_t step, T step_size, double m2 = 0) const {
        const auto inner = direction.at(step, step_size);
        const double r = std::sqrt(m2 / (1 - std::pow(beta, double(step))));
        return increment<std::remove_const_t<decltype(inner)>, T>{inner, T(1 - leak),
                                                                  r > 0 ? T(double(step_size) / r) : T(0)};
    }

    void validate() const {
        static_assert(
            !contract::remembers_tensors<Direction>,
            "bregman: one number is kept for each tensor, and the direction inside with_birth_by_evidence takes it "
            "already: "
            "take one of with_trust_ratio, with_birth_by_evidence and adam_mini; see docs/concepts/direction.md");
        if constexpr (requires { direction.validate(); }) direction.validate();
        require(leak >= 0 && leak < 1, "birth_by_evidence.leak", leak, "[0, 1)", "1e-3 averages over a thousand steps");
        require(beta >= 0 && beta < 1, "birth_by_evidence.beta", beta, "[0, 1)", "0.999 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        if constexpr (requires { direction.visit(field); }) direction.visit(prefixed("direction.", field));
        field("leak", leak);
        field("beta", beta);
    }
};

} // namespace bregman
