#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torch/csrc/autograd/python_variable.h>

#include "laws.hpp"
#include "regularizers.hpp"
#include "torch_stepper.hpp"

/// \file
/// What an optimizer over torch's tensors is made of, from Python's objects.

namespace bregman::python {

namespace py = pybind11;

/// The parameter groups that Python describes: [{"name", "tensors", "regularizer": (name, settings), "lambda_scale",
/// "counted", "least_density", "lr", "target"}], with the library's checks where it is built.
inline std::vector<torch_group> groups_from(const py::list& described) {
    std::vector<torch_group> groups;
    for (const auto& each : described) {
        const auto from = py::cast<py::dict>(each);
        torch_group group;
        group.name = py::cast<std::string>(from["name"]);
        const auto number = [&](const char* key) {
            return number_from(from[key], std::string(key) + " of group \"" + group.name + "\"");
        };
        const auto [name, settings] = py::cast<std::pair<std::string, py::dict>>(from["regularizer"]);
        group.regularizer = regularizer_by_name(group.name, name, settings);
        group.lambda_scale = number("lambda_scale");
        group.counted = py::cast<bool>(from["counted"]);
        group.least_density = number("least_density");
        group.learning_rate = number("lr");
        // The rate is looked at in each step; so that it is refused here, where it is given, a list looks at it too.
        parameter_list<float, group_regularizer>().add_group({.name = group.name, .step_size = group.learning_rate});
        if (!from["target"].is_none()) group.target = number("target");
        for (const auto& tensor : from["tensors"]) {
            if (!THPVariable_Check(tensor.ptr()))
                throw py::type_error("a parameter of group \"" + group.name + "\" is of type " + type_name(tensor) +
                                     "; allowed: a tensor; pass model.parameters()");
            group.tensors.push_back(THPVariable_Unpack(tensor.ptr()));
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

/// The settings that all optimizers share, from keyword arguments that are all there.
template <class T>
optimizer_settings<T> settings_from(const py::dict& given) {
    optimizer_settings<T> settings;
    settings.lambda = T(number_from(given["lambda_"], "lambda_"));
    const auto targets = py::cast<py::list>(given["target"]);
    std::vector<T> per_epoch;
    for (const auto& target : targets) per_epoch.push_back(T(number_from(target, "target")));
    settings.target = target_schedule<T>::list(std::move(per_epoch));
    settings.clip_norm = T(number_from(given["clip_norm"], "clip_norm"));
    settings.check_finite = py::cast<bool>(given["check_finite"]);
    const auto find = [&](const char* key, const auto& values, const auto& name) {
        const auto word = py::cast<std::string>(given[key]);
        std::string allowed;
        for (const auto value : values) {
            if (word == name(value)) return value;
            allowed += (allowed.empty() ? "" : ", ") + std::string(name(value));
        }
        refuse(key, "\"" + word + "\"", allowed, "name one of them");
    };
    settings.on_lambda_change = find("on_lambda_change", all_dual_rules, [](dual_rule rule) { return name_of(rule); });
    constexpr lambda_scope scopes[] = {lambda_scope::shared, lambda_scope::each_group};
    settings.scope = find("scope", scopes,
                          [](lambda_scope scope) { return scope == lambda_scope::shared ? "shared" : "each_group"; });
    return settings;
}

/// The direction of that name, with the settings that are given.
inline torch_direction direction_from(const std::string& name, const py::dict& settings) {
    const auto make = [&]<class Direction>(Direction direction) -> torch_direction {
        keyword_setter set(Direction::name, settings);
        direction.visit(set);
        set.refuse_others();
        return direction;
    };
    if (name == adam::name) return make(adam{});
    if (name == momentum::name) return make(momentum{});
    if (name == gradient::name) return make(gradient{});
    refuse("direction", name, "adam, momentum, gradient", "name one of them");
}

} // namespace bregman::python
