#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <bregman/concepts.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/method.hpp>
#include <bregman/tensors/sparsity.hpp>

/// \file
/// Births and deaths of a step, from what its passes have counted (directions/turnover.hpp).

namespace bregman::step {

/// Whether the passes of a method compare theta with what it was.
template <class Method>
inline constexpr bool counts_turnover = contract::compares_supports<typename Method::increment>;

/// What a pass has counted, taken apart: non-zeros stay where they were, the kept ones go to group_kept.
template <class Method>
void take_apart(Method& method, std::size_t group, index_t counted) {
    if constexpr (counts_turnover<Method>) {
        method.scratch.group_kept[group] += kernel::kept_of(counted);
        counted = kernel::nonzeros_of(counted);
    }
    method.scratch.group_nonzeros[group] += counted;
}

/// An update, and the turnover of each group with it. Where a tensor makes its first step nobody knows what it had.
template <class Method, class Update>
void compare_supports(Method& method, const typename Method::parameter_list& parameters, Update&& update) {
    if constexpr (counts_turnover<Method>) {
        auto& counts = method.state.counts;
        auto& before = method.scratch.group_nonzeros_before;
        for (std::size_t g = 0; g < counts.size(); ++g) before[g] = counts[g].nonzeros;
        const auto& entries = parameters.entries();
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (entries[i].gradient != nullptr && entries[i].size > 0 && method.state.tensor_steps[i] == 0)
                before[std::size_t(entries[i].group)] = -1;
        update();
        for (std::size_t g = 0; g < counts.size(); ++g) {
            const index_t kept = method.scratch.group_kept[g];
            const bool known = before[g] >= 0;
            if (!method.scratch.group_is_passed[g]) {
                counts[g].births = counts[g].deaths = 0;
                continue;
            }
            counts[g].births = known ? counts[g].nonzeros - kept : -1;
            counts[g].deaths = known ? std::max<index_t>(0, before[g] - kept) : -1;
        }
    } else {
        update();
    }
}

/// The same of a pass that makes theta again from the same v: the support only grows or only shrinks.
template <class Method, class Refresh>
void follow_support(Method& method, Refresh&& refresh) {
    if constexpr (counts_turnover<Method>) {
        auto& counts = method.state.counts;
        auto& before = method.scratch.group_nonzeros_before;
        for (std::size_t g = 0; g < counts.size(); ++g) before[g] = counts[g].nonzeros;
        refresh();
        for (std::size_t g = 0; g < counts.size(); ++g) {
            const index_t more = counts[g].nonzeros - before[g];
            if (counts[g].births >= 0) counts[g].births += std::max<index_t>(0, more);
            if (counts[g].deaths >= 0) counts[g].deaths += std::max<index_t>(0, -more);
        }
    } else {
        refresh();
    }
}

/// Births and deaths of a group, or of all that count; -1 where one of them is not known.
template <class Method>
std::pair<index_t, index_t> turnover_of(const Method& method, index_t only_group) {
    if constexpr (!counts_turnover<Method>) return {-1, -1};
    index_t births = 0, deaths = 0;
    for (std::size_t g = 0; g < method.state.counts.size(); ++g) {
        const group_count& group = method.state.counts[g];
        if (only_group == all_groups ? !group.counted : index_t(g) != only_group) continue;
        if (group.births < 0 || group.deaths < 0) return {-1, -1};
        births += group.births;
        deaths += group.deaths;
    }
    return {births, deaths};
}

} // namespace bregman::step
