#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include <pybind11/pybind11.h>

#include <bregman/base/error.hpp>
#include <bregman/policy/state_visit.hpp>

#include "group_regularizer.hpp"
#include "keywords.hpp"

/// \file
/// Regularizers of parameter groups, by name from Python.

namespace bregman::python {

/// How Python calls a regularizer: as the library does, in one word.
template <class R>
std::string name_in_python(const R& regularizer) {
    std::string name = policy_name(regularizer);
    if (const auto of = name.find(" of group"); of != std::string::npos)
        name.replace(of, 9, ""); // sparse_group_lasso_rows
    return name;
}

/// f(alternative) for each regularizer that there is, with its defaults.
template <class Function>
void for_each_regularizer(Function&& f) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        (f(std::variant_alternative_t<i, group_regularizer>{}), ...);
    }(std::make_index_sequence<std::variant_size_v<group_regularizer>>());
}

/// The regularizer of that name, with the settings that are given and defaults for the others.
/// Errors: std::invalid_argument for another name, TypeError for another setting.
inline group_regularizer regularizer_by_name(const std::string& group, const std::string& name,
                                             const py::dict& settings) {
    group_regularizer found;
    bool is_known = false;
    std::string allowed;
    for_each_regularizer([&](auto alternative) {
        allowed += (allowed.empty() ? "" : ", ") + name_in_python(alternative);
        if (name_in_python(alternative) != name) return;
        is_known = true;
        keyword_setter set(name, settings);
        if constexpr (requires { alternative.visit(set); }) alternative.visit(set);
        set.refuse_others();
        if constexpr (requires { alternative.validate(); }) alternative.validate();
        found = alternative;
    });
    require(is_known, "regularizer of group \"" + group + "\"", "\"" + name + "\"", "auto, " + allowed,
            "name one of them");
    return found;
}

/// {name: {setting: default}} of all regularizers.
inline py::dict regularizer_defaults() {
    py::dict all;
    for_each_regularizer([&](auto alternative) {
        keyword_getter get;
        if constexpr (requires { alternative.visit(get); }) alternative.visit(get);
        all[py::str(name_in_python(alternative))] = get.fields;
    });
    return all;
}

} // namespace bregman::python
