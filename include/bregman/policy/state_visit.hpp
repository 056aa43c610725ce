#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/base/error.hpp>

/// \file
/// Helpers for `visit`, the one place where a type names its state. A field visitor is any callable
/// `void field(std::string_view name, F& value)` for F in bool, int, std::int64_t, float, double, std::string
/// and vectors of numbers. One that assigns (a loader) has `static constexpr bool loads = true`; one that does not takes
/// const values too.

namespace bregman {

/// A visitor that puts a prefix before every name.
template <class Field>
auto prefixed(std::string_view prefix, Field& field) {
    return [prefix = std::string(prefix), &field](std::string_view name, auto& value) {
        field(prefix + std::string(name), value);
    };
}

/// Visits a policy, under a prefix, when it names a state: a copy where the policy is const, since the `visit` that users
/// write is not.
template <class Field, class Policy>
void visit_policy(Field& field, std::string_view prefix, Policy& policy) {
    auto inner = prefixed(prefix, field);
    if constexpr (std::is_const_v<Policy>) {
        auto copy = policy;
        if constexpr (requires { copy.visit(inner); }) copy.visit(inner);
    } else {
        if constexpr (requires { policy.visit(inner); }) policy.visit(inner);
    }
}

/// Visits a value of an enumeration as its number.
template <class Field, class Enumeration>
void visit_enumerator(Field& field, std::string_view name, Enumeration& value) {
    int number = int(value);
    field(name, number);
    if constexpr (!std::is_const_v<Enumeration>) value = Enumeration(number);
}

/// Visits a backend's buffer as a std::vector on the host.
template <class Field, class Backend, class Buffer>
void visit_buffer(Field& field, std::string_view name, Backend& backend, Buffer& buffer) {
    auto host = backend.to_host(backend.data(std::as_const(buffer)), backend.size(buffer));
    field(name, host);
    if constexpr (requires { Field::loads; }) {
        if (backend.size(buffer) != std::ptrdiff_t(host.size())) buffer = backend.zeros(std::ptrdiff_t(host.size()));
        backend.to_device(host, backend.data(buffer));
    }
}

/// The name that a policy declares, "custom" when it declares none; variants list their alternatives.
template <class Policy>
std::string policy_name(const Policy& policy) {
    if constexpr (requires { std::string(policy.name); })
        return policy.name;
    else
        return "custom";
}
template <class... Policies>
std::string policy_name(const std::variant<Policies...>&) {
    std::string names;
    ((names += names.empty() ? "" : "|", names += policy_name(Policies{})), ...);
    return names;
}

namespace contract {
struct any_field {
    template <class Value>
    void operator()(std::string_view, Value&) const {}
};
} // namespace contract

/// Refuses to save a control law whose state nobody has named: a file without it would continue another run. Laws
/// without data members have none; the others need `visit` and a `name`, by which the file knows them.
template <class Law>
void check_law_can_be_saved(const Law& law) {
    using plain = std::remove_const_t<Law>;
    if constexpr (requires { law.check_can_be_saved(); }) {
        law.check_can_be_saved();
    } else if constexpr (!std::is_empty_v<plain> && !std::is_pointer_v<plain>) {
        constexpr bool visits = requires(plain& l, contract::any_field field) { l.visit(field); };
        constexpr bool has_name = requires { std::string(law.name); };
        if constexpr (!visits || !has_name)
            refuse("control law \"" + policy_name(law) + "\"",
                   visits ? "one with a state and without a name" : "one with a state and without visit",
                   "a law without data members, or one with `visit` and `name`",
                   "name its members in `template <class Field> void visit(Field&& field)`, and itself in `static "
                   "constexpr "
                   "const char* name`; see docs/concepts/control_law.md");
    }
}

} // namespace bregman
