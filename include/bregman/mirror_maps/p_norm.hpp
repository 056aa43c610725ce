#pragma once

#include <cmath>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>

namespace bregman {

/// The separable q-norm potential phi(theta) = (1/q) sum |theta_i|^q, q > 1:
///
///     to_dual     sign(x) |x|^(q - 1)
///     to_primal   sign(v) |v|^(1 / (q - 1))
///
/// q = 2 is euclidean; near 1 large parameters move much and small ones hardly (sparse solutions), above 2
/// all become alike (small maximum). Started at theta0, gradient steps on an underdetermined least-squares
/// problem converge to the interpolator that is nearest to theta0 in this potential's Bregman divergence
/// (Azizan, Lale, Hassibi, "Stochastic mirror descent on overparameterized nonlinear models", 2019).
/// Default 1.5.
template <class T>
struct p_norm {
    static constexpr const char* name = "p_norm";
    static constexpr bool is_even = true;

    T q = T(1.5); ///< > 1, finite

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const V& theta) const {
        return sign(theta) * pow(abs(theta), q - T(1));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const V& dual) const {
        return sign(dual) * pow(abs(dual), T(1) / (q - T(1)));
    }
    /// phi of one element.
    BREGMAN_HOST_DEVICE T value(T theta) const { return pow(abs(theta), q) / q; }
    /// phi^* of one element, |v|^p / p with 1/p + 1/q = 1.
    BREGMAN_HOST_DEVICE T conjugate(T dual) const {
        const T p = q / (q - T(1));
        return pow(abs(dual), p) / p;
    }

    void validate() const {
        require(q > 1 && is_finite(q), "p_norm.q", q, "> 1, finite",
                "1.1 asks for sparse solutions, 2 is euclidean, 10 asks for a small maximum");
    }

    template <class Field>
    void visit(Field&& field) {
        field("q", q);
    }
};

} // namespace bregman
