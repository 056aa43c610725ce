#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/concepts.hpp>
#include <bregman/control/dual_rule.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/sharing.hpp>

/// \file
/// What happens to a list of tensors before a step touches them.

namespace bregman::step {

/// Refuses two tensors that share memory: one of their updates would be lost.
template <class List>
void check_disjoint(const List& parameters) {
    struct extent {
        std::uintptr_t first, last;
        std::size_t tensor;
    };
    std::vector<extent> extents;
    const auto& entries = parameters.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto first = reinterpret_cast<std::uintptr_t>(entries[i].theta);
        if (entries[i].size > 0)
            extents.push_back({first, first + std::size_t(entries[i].size) * sizeof(*entries[i].theta), i});
    }
    std::sort(extents.begin(), extents.end(), [](const extent& a, const extent& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (extents[i].first < extents[i - 1].last) {
            const auto [low, high] = std::minmax(extents[i].tensor, extents[i - 1].tensor);
            refuse("memory of tensor " + std::to_string(high), "shared with tensor " + std::to_string(low),
                   "memory of its own", "put each parameter into the list once");
        }
}

/// Refuses a gradient that lies in theta's memory: the step would read what it has just written.
template <class List>
void check_gradients(const List& parameters) {
    const auto& entries = parameters.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto theta = reinterpret_cast<std::uintptr_t>(entries[i].theta);
        const auto gradient = reinterpret_cast<std::uintptr_t>(entries[i].gradient);
        const std::uintptr_t bytes = std::uintptr_t(entries[i].size) * sizeof(*entries[i].theta);
        if (gradient != 0 && gradient < theta + bytes && theta < gradient + bytes)
            refuse("gradient of tensor " + std::to_string(i), "in the memory of its theta", "memory of its own",
                   "compute the gradient into another vector; a copy of a view is the same memory");
    }
}

/// Refuses memory that the backend cannot reach.
template <class Method>
void check_memory([[maybe_unused]] const Method& method, const typename Method::parameter_list& parameters) {
    const auto& entries = parameters.entries();
    if constexpr (requires { method.backend.check_memory(entries[0].theta, index_t(), "", index_t()); })
        for (std::size_t i = 0; i < entries.size(); ++i) {
            method.backend.check_memory(entries[i].theta, entries[i].size, "theta", index_t(i));
            if (entries[i].gradient)
                method.backend.check_memory(entries[i].gradient, entries[i].size, "the gradient", index_t(i));
        }
    if (entries.size() > 1) check_disjoint(parameters);
}

/// Refuses a list whose beginning is not what the optimizer knows from earlier steps, or from the state it has loaded.
template <class Method>
void check_known_tensors(const Method& method, const typename Method::parameter_list& parameters) {
    const auto& entries = parameters.entries();
    const auto& groups = parameters.groups();
    const auto& state = method.state;
    const bool loaded = method.plan.tensors.empty();
    const std::string whose = loaded ? "of the loaded state" : "of the first step";
    const char* const remedy =
        loaded ? "load the state that belongs to these tensors" : "make a new optimizer for other tensors";
    if (entries.size() < state.tensor_sizes.size())
        refuse("number of tensors", entries.size(), "those " + whose + ", " + std::to_string(state.tensor_sizes.size()),
               remedy);
    if (groups.size() < state.group_lambdas.size())
        refuse("number of parameter groups", groups.size(),
               "those " + whose + ", " + std::to_string(state.group_lambdas.size()), remedy);
    for (std::size_t i = 0; i < state.tensor_sizes.size(); ++i) {
        if (entries[i].size != state.tensor_sizes[i])
            refuse("size of tensor " + std::to_string(i), entries[i].size,
                   "that " + whose + ", " + std::to_string(state.tensor_sizes[i]), remedy);
        if (entries[i].group != state.tensor_groups[i])
            refuse("group of tensor " + std::to_string(i), entries[i].group,
                   "that " + whose + ", " + std::to_string(state.tensor_groups[i]), remedy);
    }
    for (std::size_t g = 0; g < method.plan.kinds.size(); ++g)
        if (regularizer_kind(groups[g].regularizer) != method.plan.kinds[g])
            refuse("regularizer of group \"" + groups[g].name + "\"",
                   with_regularizer(groups[g].regularizer, [](const auto& r) { return policy_name(r); }),
                   "that of the first step", remedy);
    // v has a part of the regularizer from its first step on, or none.
    for (std::size_t g = 0; g < method.plan.facts.size(); ++g)
        if (is_regularized(groups[g]) != method.plan.facts[g].regularized)
            refuse("lambda_scale of group \"" + groups[g].name + "\"", groups[g].lambda_scale,
                   method.plan.facts[g].regularized ? "> 0, as it was" : "0, as it was",
                   "decide before the first step whether the group is regularized");
}

/// Refuses regularizers and mirror maps that the law, a least density or the rule for v cannot be used with. All of them
/// act after theta has moved, so that nothing of it may be found out there.
template <class Method>
void check_policies_fit(const Method& method, const typename Method::parameter_list& parameters) {
    using T = typename Method::scalar;
    const dual_rule rule = method.settings.on_lambda_change;
    const bool needs_subgradient =
        rule != dual_rule::keep && rule != dual_rule::ratio && rule != dual_rule::prox_rescaled;
    if constexpr (contract::sweeps_all<typename Method::backend_type> &&
                  contract::compares_supports<typename Method::increment>)
        require(parameters.size() < index_t(1) << 32, "number of parameters", parameters.size(),
                "below 2^32 with " + policy_name(method.direction),
                "do without with_turnover"); // two counts in one number
    for (const auto& group : parameters.groups()) {
        const bool asks = needs_lambda_for(method.law) &&
                          (method.settings.scope == lambda_scope::shared ? group.counted : is_regularized(group));
        const bool is_inverted = is_regularized(group) && (asks || group.least_density > 0);
        if constexpr (is_positive<typename Method::mirror_type>)
            require(!is_inverted, "mirror map", policy_name(method.mirror), "one whose theta can become zero",
                    "a theta on x > 0 has no zeros to count");
        with_regularizer(group.regularizer, [&]<class R>(const R& regularizer) {
            if constexpr (contract::sweeps_all<typename Method::backend_type> &&
                          contract::compares_supports<typename Method::increment> && !elementwise_regularizer<R, T>)
                refuse("regularizer of group \"" + group.name + "\"", policy_name(regularizer),
                       "element-wise with " + policy_name(method.direction) + " on " + policy_name(method.backend),
                       "do without with_turnover");
            if constexpr (!has_critical_lambda<R, T>)
                require(!is_inverted, "regularizer of group \"" + group.name + "\"", policy_name(regularizer),
                        "one with `T critical_lambda(T v) const`",
                        "add the function, or do without the quantile law and a least density");
            if constexpr ((!elementwise_regularizer<R, T> && !grouped_regularizer<R, T>) || has_part_within<R>)
                if (needs_subgradient)
                    refuse("on_lambda_change", rule, "keep, ratio or prox_rescaled with " + policy_name(regularizer),
                           "the other rules need a subgradient per element or group");
        });
    }
}

/// A target of a group's own that nothing would follow is refused. It may change between steps.
template <class Method>
void check_targets(const Method& method, const typename Method::parameter_list& parameters) {
    for (const auto& group : parameters.groups()) {
        if (!group.target) continue;
        const bool has_lambda = method.settings.scope == lambda_scope::each_group;
        if (has_lambda && is_regularized(group)) continue;
        refuse("target of group \"" + group.name + "\"", *group.target,
               has_lambda ? "none for a group that lambda does not act on" : "none with one lambda for all groups",
               has_lambda ? "give the group a regularizer and a positive lambda_scale"
                          : "make the optimizer with .scope = lambda_scope::each_group");
    }
}

/// Takes over the list of a step. A list may grow at its end; what is known must be as it was, in shape or memory it may
/// have changed. Looks at cheap facts alone when it did not. Throws std::invalid_argument before anything has changed.
template <class Method>
void bind(Method& method, const typename Method::parameter_list& parameters) {
    using T = typename Method::scalar;
    const auto& entries = parameters.entries();
    const auto& groups = parameters.groups();
    check_gradients(parameters);
    check_targets(method, parameters);
    if (method.plan.is_of(parameters)) {
        bool moved = false;
        for (std::size_t i = 0; i < entries.size(); ++i)
            moved = moved || entries[i].theta != method.plan.tensors[i].theta;
        if (!moved) return;
        check_memory(method, parameters);
        for (std::size_t i = 0; i < entries.size(); ++i) method.plan.tensors[i].theta = entries[i].theta;
        return;
    }

    check_known_tensors(method, parameters);
    check_policies_fit(method, parameters);
    for ([[maybe_unused]] const auto& entry : entries)
        if constexpr (requires { method.mirror.validate(entry.shape); }) method.mirror.validate(entry.shape);
    work_plan plan = work_plan::make<T>(parameters, method.backend.chunk_size());
    check_memory(method, parameters);

    auto& state = method.state;
    auto& scratch = method.scratch;
    scratch.chunk_nonzeros.resize(plan.chunks.size());
    scratch.chunk_squares.resize(plan.chunks.size());
    scratch.group_nonzeros.resize(groups.size());
    scratch.group_kept.resize(groups.size());
    scratch.group_nonzeros_before.resize(groups.size());
    scratch.group_is_passed.resize(groups.size());
    scratch.skipped_nonzeros.assign(entries.size(), -1);
    if (method.plan.tensors.empty()) scratch.theta_is_older.clear(); // a state was loaded
    scratch.theta_is_older.resize(entries.size());
    scratch.expected_critical.resize(groups.size() + 1);
    scratch.increments.reserve(entries.size());
    if (method.settings.scope == lambda_scope::each_group) {
        method.group_laws.reserve(groups.size());
        while (method.group_laws.size() < groups.size()) method.group_laws.push_back(method.law);
    }
    state.group_lambdas.resize(groups.size(), state.lambda);
    state.image_lambdas.resize(groups.size(), state.lambda);
    state.counts.resize(groups.size());
    for (std::size_t g = 0; g < groups.size(); ++g)
        state.counts[g] = {.name = groups[g].name,
                           .size = 0,
                           .nonzeros = state.counts[g].nonzeros,
                           .counted = groups[g].counted,
                           .regularized = is_regularized(groups[g])};
    state.tensor_steps.resize(entries.size(), 0);
    state.primal_factors.resize(entries.size(), T(1));
    if constexpr (contract::remembers_tensors<typename Method::direction_type>)
        state.tensor_memory.resize(entries.size(), 0);
    scratch.tensor_squares.resize(entries.size());
    scratch.theta_squares.resize(entries.size());
    const std::size_t known = state.tensor_sizes.size();
    scratch.known_tensors = method.plan.tensors.empty() ? known : std::min(scratch.known_tensors, known);
    state.tensor_sizes.clear();
    state.tensor_groups.clear();
    for (const auto& entry : entries) {
        state.tensor_sizes.push_back(entry.size);
        state.tensor_groups.push_back(entry.group);
        state.counts[std::size_t(entry.group)].size += entry.size;
    }
    share_out(method, plan);
    method.plan = std::move(plan);
}

} // namespace bregman::step
