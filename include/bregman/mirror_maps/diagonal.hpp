#pragma once

#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/policy/per_element.hpp>

namespace bregman {

/// The squared Mahalanobis norm of a diagonal matrix, phi(theta) = 1/2 sum d_i theta_i^2 with d_i > 0: a step
/// size tau / d_i for each element, which is gradient descent preconditioned by a diagonal.
///
/// A located policy: at each element it is `euclidean` with delta = 1 / d_i, so that every element-wise
/// regularizer has its closed form; groups do not (the factor of a group would need a root). The d belong to
/// the user, in theta's memory order, and must outlive the optimizer; all tensors of the optimizer have their
/// size. `of` looks at the values; with a bare pointer (device memory) they are trusted.
template <class T>
struct diagonal {
    static constexpr const char* name = "diagonal";

    const T* weights = nullptr; ///< of theta's size, each > 0; yours, must outlive the optimizer
    index_t size = 0;           ///< of the weights

    /// From a container on the host, whose values must be finite and > 0.
    template <class Container>
    static diagonal of(const Container& weights) {
        const auto view = checked_per_element("diagonal.weights", weights, false);
        return {view.data, view.size()};
    }
    template <class Container>
    static diagonal of(const Container&& weights) = delete; // a temporary would be gone

    template <class Access>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE auto at(const Access& access) const {
        using V = typename Access::value;
        return euclidean<V>{V(T(1)) / access.load(weights)};
    }

    void validate(const tensor_shape& shape) const {
        require_one_per_element("diagonal.weights", weights, size, shape);
    }
};

} // namespace bregman
