#pragma once

#include <span>
#include <string>
#include <string_view>

#include <bregman/base/error.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// s(theta) = share of zeros, and over which parameters it is taken. A zero is exactly 0, as the proximal step makes it:
/// data in small units are no zeros.

namespace bregman {

/// The count of one parameter group.
struct group_count {
    std::string name;
    index_t size = 0;         ///< elements of the group
    index_t nonzeros = 0;     ///< of these
    bool counted = true;      ///< part of the s that the control law sees
    bool regularized = false; ///< has a regularizer other than `none` and a positive lambda scale
    index_t births = -1;      ///< in the last step, where the direction is a with_turnover; -1: not counted
    index_t deaths = -1;      ///< the same; nonzeros - births have survived
};

/// Share of zeros over the groups for which `chosen(group)` holds; 0 when there are none.
template <class Predicate>
double sparsity_over(std::span<const group_count> groups, Predicate&& chosen) {
    index_t size = 0, nonzeros = 0;
    for (const group_count& group : groups)
        if (chosen(group)) size += group.size, nonzeros += group.nonzeros;
    return size > 0 ? 1.0 - double(nonzeros) / double(size) : 0.0;
}

/// Over every parameter: the paper's definition.
inline double sparsity_of_all(std::span<const group_count> groups) {
    return sparsity_over(groups, [](const group_count&) { return true; });
}
/// Over the groups that the control law sees.
inline double sparsity_of_counted(std::span<const group_count> groups) {
    return sparsity_over(groups, [](const group_count& group) { return group.counted; });
}
/// Over the regularized groups only.
inline double sparsity_of_regularized(std::span<const group_count> groups) {
    return sparsity_over(groups, [](const group_count& group) { return group.regularized; });
}
/// Over all groups but the named one (a classifier head, say). Throws when no group has that name.
inline double sparsity_without(std::span<const group_count> groups, std::string_view name) {
    bool found = false;
    std::string names;
    for (const group_count& group : groups) {
        found = found || group.name == name;
        names += (names.empty() ? "" : ", ") + group.name;
    }
    require(found, "parameter group", name, names, "name one of the groups");
    return sparsity_over(groups, [&](const group_count& group) { return group.name != name; });
}

/// Zeros of host memory, counted by a pass of its own. The optimizer counts in its step instead. `tolerance` >= 0 counts
/// |theta_i| <= tolerance as zero, for a theta that no proximal step has made.
template <class T>
double sparsity(const tensor_view<T>& theta, double tolerance = 0) {
    require(tolerance >= 0, "tolerance", tolerance, ">= 0", "0 counts exact zeros");
    index_t nonzeros = 0;
    for (index_t i = 0; i < theta.size(); ++i) nonzeros += !(std::abs(double(theta.data[i])) <= tolerance);
    return theta.size() > 0 ? 1.0 - double(nonzeros) / double(theta.size()) : 0.0;
}

} // namespace bregman
