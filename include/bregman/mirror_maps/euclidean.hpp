#pragma once

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/base/portability.hpp>

namespace bregman {

/// phi(theta) = ||theta||^2 / (2 delta): to_dual is theta / delta, to_primal is delta v. delta > 0, default
/// 1, is the elastic-net weight of the sources: it scales theta and, for l1, never changes the support.
template <class T>
struct euclidean {
    static constexpr const char* name = "euclidean";

    T delta = 1; ///< > 0, finite; of diagonal maps one for each element

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const V& theta) const {
        return theta / V(delta);
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const V& dual) const {
        return dual * V(delta);
    }

    /// phi of one element.
    BREGMAN_HOST_DEVICE T value(T theta) const { return theta * theta / (T(2) * delta); }
    /// phi^* of one element.
    BREGMAN_HOST_DEVICE T conjugate(T dual) const { return delta * dual * dual / T(2); }

    void validate() const {
        require(delta > 0 && is_finite(delta), "euclidean.delta", delta, "> 0, finite",
                "1 leaves the scale of the parameters alone");
    }

    template <class Field>
    void visit(Field&& field) {
        field("delta", delta);
    }
};

} // namespace bregman
