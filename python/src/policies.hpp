#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include <bregman/directions/lion.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/directions/nesterov.hpp>
#include <bregman/directions/rmsprop.hpp>
#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/n_of_m.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>

#include "keywords.hpp"

/// \file
/// The policies that Python may choose from at run time. Those with the same number of moments, or with the same kind of
/// mirror map, share one type and one compiled optimizer: the choice is made once for a register of elements.

namespace bregman::python {

/// The directions with one moment: momentum, nesterov, rmsprop, lion.
struct one_moment {
    static constexpr int moments = 1;
    static constexpr double default_step_size =
        momentum::default_step_size; ///< each has its own; see numpy_optimizer.hpp

    std::variant<momentum, nesterov, rmsprop, lion> chosen;
    std::string name = momentum::name;

    template <class T>
    struct increment {
        std::variant<momentum::increment<T>, nesterov::increment<T>, rmsprop::increment<T>, lion::increment<T>> chosen;

        template <class V>
        BREGMAN_INLINE V operator()(const V& g, V& m) const {
            if (const auto* at = std::get_if<0>(&chosen)) return (*at)(g, m);
            if (const auto* at = std::get_if<1>(&chosen)) return (*at)(g, m);
            if (const auto* at = std::get_if<2>(&chosen)) return (*at)(g, m);
            return (*std::get_if<3>(&chosen))(g, m);
        }
    };

    template <class T>
    increment<T> at(std::int64_t step, T step_size) const {
        return std::visit([&](const auto& held) { return increment<T>{held.at(step, step_size)}; }, chosen);
    }
    void validate() const {
        std::visit([](const auto& held) { held.validate(); }, chosen);
    }
    template <class Field>
    void visit(Field&& field) {
        std::visit([&](auto& held) { held.visit(field); }, chosen);
    }
};

/// One of two mirror maps of a kind.
template <class First, class Second>
struct either_mirror {
    std::string name = First::name;
    bool is_second = false;
    First first{};
    Second second{};

    template <class V>
    BREGMAN_INLINE V to_dual(const V& theta) const {
        return is_second ? second.to_dual(theta) : first.to_dual(theta);
    }
    template <class V>
    BREGMAN_INLINE V to_primal(const V& dual) const {
        return is_second ? second.to_primal(dual) : first.to_primal(dual);
    }
    void validate() const {
        const auto check = [](const auto& held) {
            if constexpr (requires { held.validate(); }) held.validate();
        };
        is_second ? check(second) : check(first);
    }
    template <class Field>
    void visit(Field&& field) {
        is_second ? second.visit(field) : first.visit(field);
    }
};

/// The mirror maps with phi(-x) = phi(x) that are not euclidean.
template <class T>
struct even_mirror : either_mirror<p_norm<T>, hypentropy<T>> {
    static constexpr bool is_even = true;
};
/// The mirror maps on x > 0.
template <class T>
struct positive_mirror : either_mirror<negative_entropy<T>, burg<T>> {
    static constexpr bool is_positive = true;
};

/// The group norms, which differ in what a group is: group_rows, group_columns, group_kernels.
struct any_groups : group_l2 {
    std::string name = group_rows::name;

    /// Whether there are groups of this name.
    static bool knows(const std::string& name) {
        return name == group_rows::name || name == group_columns::name || name == group_kernels::name;
    }
    group_layout groups(const tensor_shape& shape) const {
        if (name == group_columns::name) return group_columns{}.groups(shape);
        return name == group_kernels::name ? group_kernels{}.groups(shape) : group_rows{}.groups(shape);
    }
};

/// What regularizer a mirror map may have in Python.
template <class Mirror>
struct regularizers_of {
    using type = std::variant<l1, none, nonnegative_l1, box>;
};
template <class T>
struct regularizers_of<euclidean<T>> {
    using type = std::variant<l1, none, nonnegative_l1, elastic_net, any_groups, n_of_m, box>;
};

/// A policy as Python describes it: a name, or a dict with "name" and settings.
struct chosen_policy {
    std::string kind, name;
    py::dict settings;

    chosen_policy(const char* what, py::handle given) : kind(what) {
        if (py::isinstance<py::str>(given)) {
            name = py::str(given);
            return;
        }
        if (!py::isinstance<py::dict>(given) || !py::cast<py::dict>(given).contains("name"))
            throw py::type_error(kind + " = " + shown(given) +
                                 "; allowed: a name, or a dict of a name and settings; write {\"name\": ..., ...}");
        for (const auto& [key, value] : py::cast<py::dict>(given)) settings[key] = value;
        name = py::str(settings["name"]);
        settings.attr("pop")("name");
    }

    /// Gives a policy the settings.
    template <class Policy>
    void set(Policy& policy) const {
        keyword_setter setter(name, settings, "bregman.minimize");
        if constexpr (requires { policy.visit(setter); }) policy.visit(setter);
        setter.refuse_others();
    }
};

/// The alternative of a variant that has the name, with its settings.
template <class Variant>
Variant regularizer_from(const chosen_policy& chosen, const std::string& mirror) {
    std::string names;
    Variant result;
    bool found = false;
    const auto look = [&]<class R>(R regularizer) {
        constexpr bool groups = std::is_same_v<R, any_groups>;
        names += (names.empty() ? "" : ", ");
        names += groups ? "group_rows, group_columns, group_kernels" : std::string(regularizer.name);
        if constexpr (groups) {
            if (!any_groups::knows(chosen.name)) return;
            regularizer.name = chosen.name;
        } else {
            if (regularizer.name != chosen.name) return;
        }
        chosen.set(regularizer);
        result = regularizer;
        found = true;
    };
    [&]<class... R>(std::type_identity<std::variant<R...>>) { (look(R{}), ...); }(std::type_identity<Variant>());
    if (!found)
        refuse("regularizer", "\"" + chosen.name + "\"", names + " with the mirror map " + mirror, "name one of them");
    return result;
}

} // namespace bregman::python
