#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// Adam's direction with bias correction (Kingma and Ba 2015); with it the optimizer is AdaBreg:
///
///     m1 <- b1 m1 + (1 - b1) g,   m2 <- b2 m2 + (1 - b2) g^2
///     v  <- v - tau / (1 - b1^k)  m1 / ( sqrt(m2) / sqrt(1 - b2^k) + eps )
///
/// beta1, beta2 in [0, 1), defaults 0.9 and 0.999; epsilon > 0, default 1e-8.
struct adam {
    static constexpr const char* name = "adam";
    static constexpr int moments = 2;
    static constexpr double default_step_size = 0.01;

    double beta1 = 0.9;    ///< in [0, 1): of the mean of g
    double beta2 = 0.999;  ///< in [0, 1): of the mean of g^2
    double epsilon = 1e-8; ///< > 0, finite: added to the root

    template <class T>
    struct increment {
        T beta1, new1, beta2, new2; // new = 1 - beta
        T rate;                     // tau / (1 - b1^k)
        T scale;                    // 1 / sqrt(1 - b2^k)
        T epsilon;

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m1, V& m2) const {
            m1 = m1 * V(beta1) + g * V(new1);
            m2 = m2 * V(beta2) + g * g * V(new2);
            return m1 * V(rate) / (sqrt(m2) * V(scale) + V(epsilon));
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t step, T step_size) const {
        // The corrections are small differences of numbers near 1: computed in double for every T.
        const double k = double(step);
        return {T(beta1),
                T(1 - beta1),
                T(beta2),
                T(1 - beta2),
                T(double(step_size) / (1 - std::pow(beta1, k))),
                T(1 / std::sqrt(1 - std::pow(beta2, k))),
                T(epsilon)};
    }

    void validate() const {
        require(beta1 >= 0 && beta1 < 1, "adam.beta1", beta1, "[0, 1)", "0.9 is the usual choice");
        require(beta2 >= 0 && beta2 < 1, "adam.beta2", beta2, "[0, 1)", "0.999 is the usual choice");
        require(epsilon > 0 && is_finite(epsilon), "adam.epsilon", epsilon, "> 0, finite", "1e-8 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta1", beta1);
        field("beta2", beta2);
        field("epsilon", epsilon);
    }
};

} // namespace bregman
