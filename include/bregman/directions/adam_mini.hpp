#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// Adam with one second moment for each tensor instead of each element (Zhang et al., Adam-mini, 2024, with a tensor as
/// the block; layer-wise second moments: Ginsburg et al., NovoGrad, 2019):
///
///     m1 <- b1 m1 + (1 - b1) g,   m2 <- b2 m2 + (1 - b2) ||g||^2 / n          m2 one number, n the elements of the tensor
///     v  <- v - tau / (1 - b1^k)  m1 / ( sqrt(m2 / (1 - b2^k)) + eps )
///
/// Steps are as long as Adam's in the mean of a tensor, but within it sizes keep their meaning: an element whose gradients are
/// tiny and always of one sign moves little, where Adam takes it for as important as any. One buffer less than Adam, and one
/// read of the gradient more than it needs otherwise (none more with check_finite or clipping).
///
/// beta1, beta2 in [0, 1), defaults 0.9 and 0.999; epsilon > 0, default 1e-8.
struct adam_mini {
    static constexpr const char* name = "adam mini";
    static constexpr int moments = 1;
    static constexpr double default_step_size = 0.01;

    double beta1 = 0.9;    ///< in [0, 1): of the mean of g
    double beta2 = 0.999;  ///< in [0, 1): of the mean of g^2 over the tensor
    double epsilon = 1e-8; ///< > 0, finite: added to the root

    template <class T>
    struct increment {
        T beta1, new1; // new1 = 1 - beta1
        T rate;        // all of the formula that multiplies m1

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m1) const {
            m1 = m1 * V(beta1) + g * V(new1);
            return m1 * V(rate);
        }
    };

    /// m2 of a tensor after this step.
    BREGMAN_HOST_DEVICE double remember(double m2, const tensor_statistics& seen) const {
        return beta2 * m2 + (1 - beta2) * (seen.gradient_squares / double(seen.size));
    }

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t step, T step_size, double m2 = 0) const {
        const double k = double(step);
        const double size = std::sqrt(m2 / (1 - std::pow(beta2, k))) + epsilon;
        return {T(beta1), T(1 - beta1), T(double(step_size) / (1 - std::pow(beta1, k)) / size)};
    }

    void validate() const {
        require(beta1 >= 0 && beta1 < 1, "adam_mini.beta1", beta1, "[0, 1)", "0.9 is the usual choice");
        require(beta2 >= 0 && beta2 < 1, "adam_mini.beta2", beta2, "[0, 1)", "0.999 is the usual choice");
        require(epsilon > 0 && is_finite(epsilon), "adam_mini.epsilon", epsilon, "> 0, finite",
                "1e-8 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta1", beta1);
        field("beta2", beta2);
        field("epsilon", epsilon);
    }
};

} // namespace bregman
