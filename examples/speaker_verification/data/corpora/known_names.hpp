#pragma once

#include <string>

namespace speaker_verification {

/// Up to three keys of a map, quoted, for messages about a key that is not in it.
template <class Map>
std::string three_keys_of(const Map& map) {
    std::string text;
    int count = 0;
    for (const auto& [key, unused] : map) {
        if (count == 3) break;
        text += (count++ == 0 ? "'" : ", '") + key + "'";
    }
    return text.empty() ? "none" : text;
}

} // namespace speaker_verification
