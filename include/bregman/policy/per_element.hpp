#pragma once

#include <cmath>
#include <string>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// What located policies (docs/concepts/regularizer.md) share: one number per element of theta, in memory
/// that belongs to the user and outlives the policy.

namespace bregman {

/// Refuses data that does not have one number per element of a tensor.
template <class T>
void require_one_per_element(const std::string& name, const T* data, index_t size, const tensor_shape& shape) {
    require(data != nullptr || size == 0, name, "nullptr", "a pointer to one number per element",
            "keep the numbers in memory that outlives the policy");
    if (size != shape.size())
        refuse(name + " size", size, "that of the tensor, " + std::to_string(shape.size()),
               "give one number per element, in the tensor's memory order");
}

/// The memory of `container` after a look at every number: finite, and positive or at least not negative.
template <class Container>
auto checked_per_element(const std::string& name, const Container& container, bool zero_is_allowed) {
    const auto view = as_tensor(container);
    for (index_t i = 0; i < view.size(); ++i) {
        const double x = double(view.data[i]);
        if (!(is_finite(x) && (x > 0 || (zero_is_allowed && x == 0))))
            refuse(name + " at " + std::to_string(i), x, zero_is_allowed ? ">= 0, finite" : "> 0, finite",
                   "check how the numbers were made");
    }
    return view;
}

} // namespace bregman
