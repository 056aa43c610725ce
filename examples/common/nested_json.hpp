#pragma once

#include <cstddef>
#include <string_view>

namespace examples {

/// Whether the brackets of a JSON text lie in each other deeper than in any file that is ours, 100 levels. The JSON
/// library reads any depth, and then copies and writes it by recursion: a long row of brackets would end the process.
inline bool nests_too_deep(std::string_view text) {
    constexpr std::size_t deepest = 100;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

} // namespace examples
