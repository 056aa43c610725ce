#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/control/dual_rule.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/step/settings.hpp>
#include <bregman/step/state.hpp>
#include <bregman/step/state_fields.hpp>
#include <bregman/step/work_plan.hpp>

/// \file
/// Settings and state that somebody hands over, a caller or a file, are checked by the same sentences. A file is loaded
/// into a copy first, so that an optimizer changes only when all of it is right.

namespace bregman::step {

template <class T>
void check_lambda(T lambda, const char* name) {
    require(lambda >= 0 && is_finite(lambda), name, lambda, ">= 0 and finite",
            "start small and let a control law find it");
}

inline constexpr const char* usual_step_sizes = "0.1 is usual for LinBreg and 0.01 for AdaBreg";

/// Settings that have to fit each other and the policies. `Method` needs settings, the policies and their types.
template <class Method>
void check_settings(const Method& method) {
    using T = typename Method::scalar;
    const auto& s = method.settings;
    require(s.clip_norm >= 0 && !is_nan(s.clip_norm), "clip_norm", s.clip_norm, ">= 0", "0 switches clipping off");
    require(s.on_lambda_change >= dual_rule::keep && s.on_lambda_change <= dual_rule::prox_rescaled, "on_lambda_change",
            int(s.on_lambda_change), "the number of a dual_rule", "keep, 0, is the paper's");
    require(s.scope == lambda_scope::shared || s.scope == lambda_scope::each_group, "scope", int(s.scope),
            "shared or each_group", "shared, 0, is the default");
    require(!acts_at_once(method.law) || s.on_lambda_change == dual_rule::keep, "on_lambda_change", s.on_lambda_change,
            "keep, with a law that acts at once",
            "the law's lambda is for the present v, which another rule would change");
    require(is_euclidean<typename Method::mirror_type> || s.on_lambda_change != dual_rule::prox_rescaled,
            "on_lambda_change", s.on_lambda_change, "prox_rescaled only with the euclidean mirror map",
            "choose another rule");
    require(std::is_same_v<typename Method::stored, T> || s.on_lambda_change == dual_rule::keep ||
                s.on_lambda_change == dual_rule::prox_rescaled,
            "on_lambda_change", s.on_lambda_change, "keep or prox_rescaled in mixed precision",
            "the other rules read theta, which is rounded, into v, which is not");
    const auto validate = []<class Policy>(const Policy& policy) {
        if constexpr (requires { policy.validate(); }) policy.validate();
    };
    validate(s.target);
    validate(method.direction);
    validate(method.mirror);
}

/// Where the buffers of a loaded state lie until it has been checked.
template <class T>
struct host_memory {
    std::vector<T> zeros(std::ptrdiff_t n) const { return std::vector<T>(std::size_t(n)); }
    T* data(std::vector<T>& buffer) const { return buffer.data(); }
    const T* data(const std::vector<T>& buffer) const { return buffer.data(); }
    std::ptrdiff_t size(const std::vector<T>& buffer) const { return std::ptrdiff_t(buffer.size()); }
    std::vector<T> to_host(const T* from, std::ptrdiff_t n) const { return std::vector<T>(from, from + n); }
    void to_device(const std::vector<T>& from, T* to) const { std::copy(from.begin(), from.end(), to); }
};

/// The part of a method that a file has fields of (state_fields.hpp).
template <class Method>
struct loaded_method {
    using scalar = typename Method::scalar;
    using stored = typename Method::stored;
    using direction_type = typename Method::direction_type;
    using mirror_type = typename Method::mirror_type;
    using law_type = std::remove_const_t<typename Method::law_type>;

    optimizer_settings<scalar> settings;
    direction_type direction;
    typename Method::mirror_type mirror;
    law_type law;
    std::vector<law_type> group_laws;
    host_memory<scalar> backend;
    optimizer_state<scalar, std::vector<scalar>> state;
    work_plan plan;

    explicit loaded_method(const Method& method)
        : settings(method.settings), direction(method.direction), mirror(method.mirror), law(method.law),
          group_laws(method.group_laws.begin(), method.group_laws.end()) {
        state.moments.resize(method.state.moments.size());
    }
};

/// Refuses a state whose fields do not belong together, or are none that an optimizer can have.
template <class Loaded>
void check_state(const Loaded& loaded) {
    using T = typename Loaded::scalar;
    const auto& state = loaded.state;
    const auto field = [](bool holds, const std::string& name, const auto& value, const char* allowed) {
        require(holds, name + " in the state file", value, allowed, "use another file, this one is damaged");
    };
    constexpr std::int64_t most_steps = std::numeric_limits<std::int64_t>::max() / 2;
    field(state.step >= 0 && state.step <= most_steps, "step", state.step, ">= 0");
    field(state.epoch >= 0, "epoch", state.epoch, ">= 0");
    field(state.lambda >= 0 && is_finite(state.lambda), "lambda", state.lambda, ">= 0 and finite");
    field(state.sparsity >= 0 && state.sparsity <= 1, "sparsity", state.sparsity, "[0, 1]");
    field(state.step_size >= 0 && is_finite(state.step_size), "step_size", state.step_size, ">= 0 and finite");

    const std::size_t groups = state.group_lambdas.size(), tensors = state.tensor_sizes.size();
    const char* const one_each_group = "one for each parameter group";
    field(state.image_lambdas.size() == groups, "number of image_lambdas", state.image_lambdas.size(), one_each_group);
    field(state.counts.size() == groups, "number of group_nonzeros", state.counts.size(), one_each_group);
    for (std::size_t g = 0; g < groups; ++g)
        for (const T lambda : {state.group_lambdas[g], state.image_lambdas[g]})
            field(lambda >= 0 && is_finite(lambda), "lambda of group " + std::to_string(g), lambda, ">= 0 and finite");

    const char* const one_each_tensor = "one for each tensor";
    field(state.tensor_groups.size() == tensors, "number of tensor_groups", state.tensor_groups.size(),
          one_each_tensor);
    field(state.tensor_steps.size() == tensors, "number of tensor_steps", state.tensor_steps.size(), one_each_tensor);
    field(state.primal_factors.size() == tensors, "number of primal_factors", state.primal_factors.size(),
          one_each_tensor);
    if constexpr (contract::remembers_tensors<typename Loaded::direction_type>)
        field(state.tensor_memory.size() == tensors, "number of tensor_memory", state.tensor_memory.size(),
              one_each_tensor);
    for (std::size_t i = 0; i < state.tensor_memory.size(); ++i)
        field(state.tensor_memory[i] >= 0 && is_finite(state.tensor_memory[i]), "memory of tensor " + std::to_string(i),
              state.tensor_memory[i], ">= 0 and finite");
    std::vector<std::int64_t> group_sizes(groups);
    std::int64_t size = 0, started = 0; // of all tensors, and up to the last that has made a step
    for (std::size_t i = 0; i < tensors; ++i) {
        const std::string of_tensor = " of tensor " + std::to_string(i);
        const std::int64_t here = state.tensor_sizes[i], group = state.tensor_groups[i], steps = state.tensor_steps[i];
        field(here >= 0 && here <= std::numeric_limits<std::int64_t>::max() - size, "size" + of_tensor, here, ">= 0");
        field(group >= 0 && group < std::int64_t(groups), "group" + of_tensor, group, "that of a parameter group");
        field(steps >= 0 && steps <= state.step, "steps" + of_tensor, steps, "[0, step]");
        field(is_finite(state.primal_factors[i]), "primal factor" + of_tensor, state.primal_factors[i], "finite");
        size += here;
        if (steps > 0) started = size;
        group_sizes[std::size_t(group)] += here;
    }
    for (std::size_t g = 0; g < groups; ++g)
        field(state.counts[g].nonzeros >= 0 && state.counts[g].nonzeros <= group_sizes[g],
              "non-zeros of group " + std::to_string(g), state.counts[g].nonzeros, "[0, elements of the group]");
    const auto elements = std::int64_t(state.dual.size());
    field(elements >= started && elements <= size, "elements of dual", elements, "those of the tensors");
    for (std::size_t m = 0; m < state.moments.size(); ++m)
        field(state.moments[m].size() == state.dual.size(), "elements of moment" + std::to_string(m + 1),
              state.moments[m].size(), "those of dual");
}

/// Loads a file into a copy and refuses what no constructor would take and no step could have left. assign(name, value)
/// gives fields of the file.
template <class Method, class Assign>
void check_loaded(const Method& method, Assign&& assign) {
    loaded_method<Method> loaded(method);
    visit_fields(loaded, assign);
    check_state(loaded);
    require(loaded.settings.scope == method.settings.scope, "scope in the state file", int(loaded.settings.scope),
            "that of the optimizer, " + std::to_string(int(method.settings.scope)),
            "make the optimizer with the scope that the file was written with");
    check_settings(loaded);
    const auto validate = [](const auto& law) {
        if constexpr (requires { law.validate(); }) law.validate();
    };
    validate(loaded.law);
    for (const auto& law : loaded.group_laws) validate(law);
}

} // namespace bregman::step
