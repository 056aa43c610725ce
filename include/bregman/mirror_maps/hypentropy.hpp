#pragma once

#include <cmath>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// The hyperbolic entropy phi(theta) = sum theta_i asinh(theta_i / beta) - sqrt(theta_i^2 + beta^2) of Ghai,
/// Hazan and Singer, "Exponentiated gradient meets gradient descent", 2020:
///
///     to_dual     asinh(x / beta)
///     to_primal   beta sinh v
///
/// beta > 0 is the size below which theta moves as in gradient descent (with rate beta tau) and above which
/// it moves by factors, as exponentiated gradients with both signs do: beta -> infinity is gradient descent,
/// beta -> 0 prefers sparse solutions. Default 1.
template <class T>
struct hypentropy {
    static constexpr const char* name = "hypentropy";
    static constexpr bool is_even = true;

    T beta = 1; ///< > 0, finite: linear below it, logarithmic beyond

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const V& theta) const {
        return asinh(theta / V(beta));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const V& dual) const {
        return V(beta) * sinh(dual);
    }
    /// phi of one element.
    BREGMAN_HOST_DEVICE T value(T theta) const {
        return theta * asinh(theta / beta) - sqrt(theta * theta + beta * beta);
    }
    /// phi^* of one element, beta cosh v.
    BREGMAN_HOST_DEVICE T conjugate(T dual) const { return beta * (exp(dual) + exp(-dual)) / T(2); }

    void validate() const {
        require(beta > 0 && is_finite(beta), "hypentropy.beta", beta, "> 0, finite",
                "the typical size of a parameter is a start");
    }

    template <class Field>
    void visit(Field&& field) {
        field("beta", beta);
    }
};

} // namespace bregman
