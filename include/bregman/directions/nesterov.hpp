#pragma once

#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/portability.hpp>

namespace bregman {

/// Nesterov's momentum in its look-ahead form (Sutskever, Martens, Dahl, Hinton 2013; Dozat 2016), with the
/// step size inside the buffer as in `momentum`:
///
///     m <- beta m + (1 - beta) tau g,   v <- v - ( beta m + (1 - beta) tau g )   with the new m
///
/// v moves as if the next step's average were known, up to the next gradient. beta in [0, 1), default 0.9;
/// beta = 0 is `gradient`.
struct nesterov {
    static constexpr const char* name = "nesterov";
    static constexpr int moments = 1;
    static constexpr double default_step_size = 0.1;

    double beta = 0.9; ///< in [0, 1)

    template <class T>
    struct increment {
        T beta, rate; // rate = (1 - beta) tau

        template <class V>
        BREGMAN_HOST_DEVICE BREGMAN_INLINE V operator()(const V& g, V& m) const {
            const V fresh = g * V(rate);
            m = m * V(beta) + fresh;
            return m * V(beta) + fresh;
        }
    };

    template <class T>
    BREGMAN_HOST_DEVICE increment<T> at(std::int64_t, T step_size) const {
        return {T(beta), T((1 - beta) * double(step_size))};
    }

    void validate() const {
        require(beta >= 0 && beta < 1, "nesterov.beta", beta, "[0, 1)", "0.9 is the usual choice");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta", beta);
    }
};

} // namespace bregman
