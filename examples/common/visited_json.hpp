#pragma once

#include "common/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <stdexcept>
#include <string>

namespace examples {

/// JSON for a struct that names each of its fields once, in
///
///     template <class Visitor> void visit(Visitor&& field) { field("channels", channels); ... }
///
/// Fields are numbers, booleans, strings or vectors of these.
template <class Visited>
nlohmann::json json_of(Visited value) {
    nlohmann::json object = nlohmann::json::object();
    value.visit([&](const char* name, const auto& field) { object[name] = field; });
    return object;
}

/// Fills `value` from an object written by `json_of`. `where` starts the error's sentence, such as
/// "checkpoint's model". `value` stays as it was when this throws.
///
/// Throws std::invalid_argument for a missing field, an unknown one, or one of another type.
template <class Visited>
void read_json(const nlohmann::json& object, Visited& value, const std::string& where) {
    if (!object.is_object()) {
        throw std::invalid_argument(where + " must be a JSON object, found: " + object.dump());
    }
    Visited result = value;
    std::set<std::string> known;
    result.visit([&](const char* name, auto& field) {
        known.insert(name);
        const auto found = object.find(name);
        if (found == object.end()) {
            throw std::invalid_argument(where + " lacks the field '" + name + "': was it written by another version?");
        }
        if (!take_json(*found, field)) {
            throw std::invalid_argument(where + " has " + found->dump() + " in the field '" + name +
                                        "', which is of another type");
        }
    });
    for (const auto& [name, unused] : object.items()) {
        if (!known.contains(name)) {
            throw std::invalid_argument(where + " has the unknown field '" + name + "': remove it");
        }
    }
    value = result;
}

} // namespace examples
