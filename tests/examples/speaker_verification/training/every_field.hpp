#pragma once
/// What a file with a right checksum and a wrong content may hold.
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace speaker_verification::testing {

/// Calls `use` with `whole`, in which one value is left out or replaced by one of another type, at the ends of a range or
/// beyond them; of each list only the first element. `where` says which, as a JSON pointer and its value.
inline void for_each_change(const nlohmann::json& whole,
                            const std::function<void(const std::string& where, const nlohmann::json& changed)>& use) {
    using json = nlohmann::json;
    const json values = {nullptr,
                         true,
                         "",
                         "x",
                         json::array(),
                         json::object(),
                         -1,
                         0,
                         1,
                         1000000000,
                         std::numeric_limits<std::int64_t>::min(),
                         std::numeric_limits<std::int64_t>::max(),
                         std::numeric_limits<std::uint64_t>::max(),
                         -0.5,
                         1.5,
                         1e300,
                         -1e300,
                         1e-300};
    const std::function<void(const json&, const json::json_pointer&)> change = [&](const json& part,
                                                                                   const json::json_pointer& place) {
        for (const auto& value : values) {
            json changed = whole;
            changed[place] = value;
            use(place.to_string() + " = " + value.dump(), changed);
        }
        if (part.is_array()) {
            if (!part.empty()) change(part.front(), place / 0);
            return;
        }
        if (!part.is_object()) return;
        for (const auto& [name, inner] : part.items()) {
            json changed = whole;
            changed[place].erase(name);
            use(place.to_string() + " without " + name, changed);
            change(inner, place / name);
        }
    };
    change(whole, json::json_pointer{});
}

} // namespace speaker_verification::testing
