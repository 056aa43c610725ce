#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// \file
/// Helpers for `visit`, the one place where a type names its state. A field visitor is any callable
/// `void field(std::string_view name, F& value)` for F in bool, int, std::int64_t, float, double, std::string
/// and vectors of numbers. One that assigns (a loader) has `static constexpr bool loads = true`.

namespace bregman {

/// A visitor that puts a prefix before every name.
template <class Field>
auto prefixed(std::string_view prefix, Field& field) {
    return [prefix = std::string(prefix), &field](std::string_view name, auto& value) {
        field(prefix + std::string(name), value);
    };
}

/// Visits a backend's buffer as a std::vector on the host.
template <class Field, class Backend>
void visit_buffer(Field& field, std::string_view name, Backend& backend, typename Backend::buffer& buffer) {
    auto host = backend.to_host(backend.data(buffer), backend.size(buffer));
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

} // namespace bregman
