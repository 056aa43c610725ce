#pragma once

#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// RMSprop (Tieleman and Hinton 2012): each element's gradient relative to the root of its mean square.
///
///     m <- beta m + (1 - beta) g^2,   v <- v - tau g / ( sqrt(m) + eps )
///
/// beta in [0, 1), default 0.99; epsilon > 0, default 1e-8. There is no bias correction: the first step is
/// tau / sqrt(1 - beta) long in each element.
struct rmsprop {
    static constexpr const char* name = "rmsprop";
    static constexpr int moments = 1;
    static constexpr double default_step_size = 0.01;

    double beta = 0.99;    ///< in [0, 1): of the mean of g^2
    double epsilon = 1e-8; ///< > 0, finite: added to the root

    template <class T>
    struct increment {
        T beta, fresh; // fresh = 1 - beta
        T step_size;
        T epsilon;

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m) const {
            m = m * V(beta) + g * g * V(fresh);
            return g * V(step_size) / (sqrt(m) + V(epsilon));
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t, T step_size) const {
        return {T(beta), T(1 - beta), step_size, T(epsilon)};
    }

    void validate() const {
        require(beta >= 0 && beta < 1, "rmsprop.beta", beta, "[0, 1)", "0.99 is the usual choice");
        require(epsilon > 0 && is_finite(epsilon), "rmsprop.epsilon", epsilon, "> 0, finite",
                "1e-8 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta", beta);
        field("epsilon", epsilon);
    }
};

} // namespace bregman
