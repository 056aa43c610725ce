#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/sharing.hpp>

/// \file
/// The state of an optimizer field by field, each named once: for files, for print_state and for comparing two.

namespace bregman::step {

/// Scalar type and policies in words: states are interchangeable exactly between equal descriptions.
template <class Method>
std::string description(const Method& method) {
    return std::string("scalar ") + (sizeof(typename Method::scalar) == 4 ? "float32" : "float64") + ", direction " +
           policy_name(method.direction) + ", mirror map " + policy_name(method.mirror) + ", regularizer " +
           policy_name(method.regularizer) + ", law " + policy_name(method.law);
}

/// The counts of the parameter groups; their names and sizes come with the list.
template <class Field, class Counts>
void visit_nonzeros(Field& field, Counts& counts) {
    std::vector<std::int64_t> nonzeros;
    for (const group_count& group : counts) nonzeros.push_back(group.nonzeros);
    field("group_nonzeros", nonzeros);
    if constexpr (requires { Field::loads; }) {
        counts.resize(nonzeros.size());
        for (std::size_t g = 0; g < nonzeros.size(); ++g) counts[g].nonzeros = nonzeros[g];
    }
}

/// v, or a moment. Where processes have shares of it, a file holds all of it: what is read stays whole until a list is bound.
template <class Method, class Field, class Buffer>
void visit_state_buffer(Method& method, Field& field, const std::string& name, Buffer& buffer) {
    if constexpr (is_shared_out<Method> && !requires { Field::loads; }) {
        auto values = whole_buffer(method, buffer);
        field(name, values);
    } else
        visit_buffer(field, name, method.backend, buffer);
}

/// Shows every field to field(name, value); a visitor that assigns (`loads`) may be used with a Method that is not const.
template <class Method, class Field>
void visit_fields(Method& method, Field& field) {
    constexpr bool loads = requires { Field::loads; };
    static_assert(!loads || !std::is_const_v<Method>, "bregman: a const optimizer can be saved, not loaded");
    auto& settings = method.settings;
    auto& state = method.state;
    field("step", state.step);
    field("epoch", state.epoch);
    field("lambda", state.lambda);
    field("sparsity", state.sparsity);
    field("step_size", state.step_size);
    field("clip_norm", settings.clip_norm);
    field("check_finite", settings.check_finite);
    visit_enumerator(field, "on_lambda_change", settings.on_lambda_change);
    visit_policy(field, "target.", settings.target);
    visit_policy(field, "direction.", method.direction);
    visit_policy(field, "mirror.", method.mirror);
    visit_policy(field, "law.", method.law);
    visit_enumerator(field, "scope", settings.scope);
    field("group_lambdas", state.group_lambdas);
    field("image_lambdas", state.image_lambdas);
    if (settings.scope == lambda_scope::each_group) {
        if constexpr (!std::is_const_v<Method>) {
            method.group_laws.reserve(state.group_lambdas.size());
            while (method.group_laws.size() < state.group_lambdas.size()) method.group_laws.push_back(method.law);
        }
        for (std::size_t g = 0; g < method.group_laws.size(); ++g)
            visit_policy(field, "law_of_group_" + std::to_string(g) + ".", method.group_laws[g]);
    }
    visit_nonzeros(field, state.counts);
    field("tensor_sizes", state.tensor_sizes);
    field("tensor_groups", state.tensor_groups);
    field("tensor_steps", state.tensor_steps);
    field("primal_factors", state.primal_factors);
    if constexpr (contract::remembers_tensors<typename Method::direction_type>)
        field("tensor_memory", state.tensor_memory);
    visit_state_buffer(method, field, "dual", state.dual);
    for (std::size_t m = 0; m < state.moments.size(); ++m)
        visit_state_buffer(method, field, "moment" + std::to_string(m + 1), state.moments[m]);
    if constexpr (loads) method.plan = {}; // the list is looked at anew
}

/// Sizes and groups of tensors, one after the other, and how many groups there are.
struct tensor_layout {
    std::vector<std::int64_t> sizes, groups;
    std::size_t group_count = 0;

    template <class Stored, class Regularizer>
    static tensor_layout of(const parameter_list<Stored, Regularizer>& parameters) {
        tensor_layout layout;
        for (const auto& entry : parameters.entries()) {
            layout.sizes.push_back(entry.size);
            layout.groups.push_back(entry.group);
        }
        layout.group_count = parameters.groups().size();
        return layout;
    }

    /// Elements in all tensors.
    std::int64_t size() const {
        std::int64_t sum = 0;
        for (const std::int64_t of_tensor : sizes) sum += of_tensor;
        return sum;
    }
};

/// Refuses a state file of other tensors than these. One that was written before the first step fits all. `T` is the
/// scalar; file.value<V>(name) gives a field.
template <class T, class File>
void check_layout_of(const File& file, const tensor_layout& here) {
    using numbers = std::vector<std::int64_t>;
    tensor_layout there{file.template value<numbers>("tensor_sizes"), file.template value<numbers>("tensor_groups"),
                        file.template value<std::vector<T>>("group_lambdas").size()};
    if (there.sizes.empty()) return;
    const auto compare = [](const std::string& what, auto in_file, auto given) {
        require(in_file == given, what + " in the state file", in_file,
                "that of the optimizer, " + std::to_string(given), "load the state that belongs to these tensors");
    };
    compare("number of parameters", there.size(), here.size());
    compare("number of tensors", there.sizes.size(), here.sizes.size());
    compare("number of parameter groups", there.group_count, here.group_count);
    for (std::size_t i = 0; i < here.sizes.size(); ++i) {
        compare("size of tensor " + std::to_string(i), there.sizes[i], here.sizes[i]);
        compare("group of tensor " + std::to_string(i), there.groups[i], here.groups[i]);
    }
}

/// The same for the tensors that an optimizer has seen. Before it has seen any, the first list that is stepped is
/// compared with the state.
template <class Method, class File>
void check_layout(const Method& method, const File& file) {
    const auto& state = method.state;
    if (!method.plan.tensors.empty())
        check_layout_of<typename Method::scalar>(file,
                                                 {state.tensor_sizes, state.tensor_groups, state.group_lambdas.size()});
}

} // namespace bregman::step
