#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace examples {

/// Takes a JSON value that is of the type asked for, and fits it, as if a person had typed it. The library by itself
/// makes 1 of true, cuts 1.5 to 1 and casts 1e300 to an integer. False leaves `value` as it was.
template <class Value>
bool take_json(const nlohmann::json& json, Value& value) {
    if constexpr (std::is_same_v<Value, bool>) {
        if (!json.is_boolean()) return false;
        value = json.get<bool>();
    } else if constexpr (std::is_integral_v<Value>) {
        if (!json.is_number_integer()) return false;
        using limits = std::numeric_limits<Value>;
        if (json.is_number_unsigned()) {
            if (json.get<std::uint64_t>() > std::uint64_t(limits::max())) return false;
        } else {
            const auto whole = json.get<std::int64_t>();
            if (std::is_unsigned_v<Value> || whole < std::int64_t(limits::min())) return false;
        }
        value = json.get<Value>();
    } else if constexpr (std::is_floating_point_v<Value>) {
        if (!json.is_number() || !std::isfinite(json.get<Value>())) return false;
        value = json.get<Value>();
    } else if constexpr (std::is_same_v<Value, std::string>) {
        if (!json.is_string()) return false;
        value = json.get<std::string>();
    } else { // a vector of these
        if (!json.is_array()) return false;
        Value list(json.size());
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (!take_json(json[i], list[i])) return false;
        }
        value = std::move(list);
    }
    return true;
}

/// The same from a field of an object; false, too, where there is no such field.
template <class Value>
bool take_json_field(const nlohmann::json& object, const char* name, Value& value) {
    if (!object.is_object()) return false;
    const auto found = object.find(name);
    return found != object.end() && take_json(*found, value);
}

/// What an error says without the JSON library's marks, "[json.exception.type_error.302] ", wherever they stand.
inline std::string without_json_marks(std::string text) {
    for (std::size_t begin = 0; (begin = text.find("[json.exception.", begin)) != std::string::npos;) {
        const auto end = text.find("] ", begin);
        if (end == std::string::npos) break;
        text.erase(begin, end + 2 - begin);
    }
    return text;
}

} // namespace examples
