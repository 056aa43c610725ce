#pragma once

#include <type_traits>
#include <utility>

#include <bregman/base/portability.hpp>
#include <bregman/policy/element_access.hpp>

/// \file
/// Policies that depend on the position, such as an l1 norm with a weight for each parameter. A located policy
/// has one member instead of the element-wise ones:
///
///     template <class Access> auto at(const Access& access) const;
///
/// It returns an ordinary element-wise policy for the element (or lane of elements) at `access`, made from what
/// `access.load(pointer)` finds there; `access.at` is the index within the tensor. An optional
/// `void validate(const tensor_shape&) const` is called for each tensor at the first step.

namespace bregman {

/// The policy at `access`: itself, unless it is located.
template <class Policy, class Access>
BREGMAN_HOST_DEVICE BREGMAN_INLINE decltype(auto) located_at(const Policy& policy, const Access& access) {
    if constexpr (requires { policy.at(access); })
        return policy.at(access);
    else
        return (policy);
}

/// The element-wise policy that a policy is at each scalar.
template <class Policy, class T>
using policy_at_element = std::remove_cvref_t<decltype(located_at(std::declval<const Policy&>(), element_access<T>{}))>;

} // namespace bregman
