#pragma once

#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>

namespace bregman {

/// Heavy-ball averaging with the step size inside the buffer, as in LinBreg with momentum (Bungert et al.,
/// JMLR 2022, Algorithm 2):
///
///     m <- beta m + (1 - beta) tau g,   v <- v - m
///
/// beta in [0, 1), default 0.9; beta = 0 is `gradient`.
struct momentum {
    static constexpr const char* name = "momentum";
    static constexpr int moments = 1;
    static constexpr double default_step_size = 0.1;

    double beta = 0.9; ///< in [0, 1)

    template <class T>
    struct increment {
        T beta, rate; // rate = (1 - beta) tau

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m) const {
            m = m * V(beta) + g * V(rate);
            return m;
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t, T step_size) const {
        return {T(beta), T((1 - beta) * double(step_size))};
    }

    void validate() const {
        require(beta >= 0 && beta < 1, "momentum.beta", beta, "[0, 1)", "0.9 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta", beta);
    }
};

} // namespace bregman
