#pragma once

#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/policy/per_element.hpp>

namespace bregman {

/// j(x) = weight |x|, what `weighted_l1` is at one element and what `sparse_group_lasso` applies within
/// groups.
template <class Weight>
struct scaled_l1 {
    static constexpr const char* name = "scaled_l1";
    static constexpr bool is_homogeneous = true;

    Weight weight = 1; ///< of |x|, >= 0

    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V value(const V& x) const {
        return V(weight) * abs(x);
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const V& x) const {
        return V(weight) * sign(x);
    }
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const V& x, T t) const {
        return shrink(x, V(weight) * V(t));
    }
    /// Infinite where the weight is 0: such an element never vanishes.
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE V critical_lambda(const V& v) const {
        const V divisor = max(V(weight), V(std::numeric_limits<float>::min()));
        return select(V(weight) > V(0), abs(v) / divisor, V(infinity_of<float>()));
    }
};

/// J(theta) = sum w_i |theta_i| with w_i >= 0, as in the adaptive lasso (Zou 2006, w_i = 1 / |first
/// estimate|) and in iteratively reweighted l1 (Candes, Wakin, Boyd 2008). A weight of 0 leaves its element
/// free.
///
/// A located policy: at each element it is `scaled_l1`. The w belong to the user, in theta's memory order,
/// and must outlive the optimizer; changing them between steps is allowed. `of` looks at the values; with a
/// bare pointer (device memory) they are trusted.
template <class T>
struct weighted_l1 {
    static constexpr const char* name = "weighted_l1";
    static constexpr bool is_homogeneous = true;

    const T* weights = nullptr; ///< of theta's size, each >= 0; yours, must outlive the optimizer
    index_t size = 0;           ///< of the weights

    /// From a container on the host, whose values must be finite and >= 0.
    template <class Container>
    static weighted_l1 of(const Container& weights) {
        const auto view = checked_per_element("weighted_l1.weights", weights, true);
        return {view.data, view.size()};
    }
    template <class Container>
    static weighted_l1 of(const Container&& weights) = delete; // a temporary would be gone

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE auto at(const Access& access) const {
        return scaled_l1<typename Access::value>{access.load(weights)};
    }

    void validate(const tensor_shape& shape) const {
        require_one_per_element("weighted_l1.weights", weights, size, shape);
    }
};

} // namespace bregman
