#pragma once

#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// The sign of an average of gradients (Chen et al., Symbolic discovery of optimization algorithms, 2023, Lion):
///
///     u <- sign(beta1 m + (1 - beta1) g),   m <- beta2 m + (1 - beta2) g,   v <- v - tau u
///
/// Every |v| moves by tau or not at all. So all v are multiples of tau away from where they started, as long as tau stays, and
/// many are equal: lambda cannot tell them apart. beta1, beta2 in [0, 1), defaults 0.9 and 0.99. The default step size is
/// a tenth of Adam's.
struct lion {
    static constexpr const char* name = "lion";
    static constexpr int moments = 1;
    static constexpr double default_step_size = 0.001;

    double beta1 = 0.9;  ///< in [0, 1): of the mean whose sign is taken
    double beta2 = 0.99; ///< in [0, 1): of the mean that is kept

    template <class T>
    struct increment {
        T beta1, new1, beta2, new2, step_size; // new = 1 - beta

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m) const {
            const V u = sign(m * V(beta1) + g * V(new1));
            m = m * V(beta2) + g * V(new2);
            return u * V(step_size);
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t, T step_size) const {
        return {T(beta1), T(1 - beta1), T(beta2), T(1 - beta2), step_size};
    }

    void validate() const {
        require(beta1 >= 0 && beta1 < 1, "lion.beta1", beta1, "[0, 1)", "0.9 is the usual choice");
        require(beta2 >= 0 && beta2 < 1, "lion.beta2", beta2, "[0, 1)", "0.99 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta1", beta1);
        field("beta2", beta2);
    }
};

} // namespace bregman
