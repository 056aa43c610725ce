#include "common/plain_name.hpp"

#include <algorithm>
#include <stdexcept>

namespace examples {

namespace {

/// Bytes of the character that starts `rest`; 0 where it is none of Unicode, or not in its shortest form.
std::size_t character_bytes(std::string_view rest) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || rest.size() < size) return 0;
    unsigned code = first & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0u) != 0x80u) return 0;
        code = code << 6 | (byte(i) & 0x3fu);
    }
    const bool shortest = size == 2 || code >= (size == 3 ? 0x800u : 0x10000u);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return shortest && !surrogate && code <= 0x10ffff ? size : 0;
}

/// For a message: bytes that a terminal would stumble over are shown as '?'.
std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte >= 0x7f; }, '?');
    return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto size = character_bytes(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

void require_utf8(const std::string& what, const std::string& text) {
    if (is_utf8(text)) return;
    throw std::invalid_argument(what + " is '" + printable(text) +
                                "', which is not UTF-8: give another, or rename the file or folder");
}

bool is_plain_name(std::string_view name) {
    const bool control =
        std::any_of(name.begin(), name.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
    return !name.empty() && name.size() <= longest_name && !control && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && is_utf8(name);
}

void require_plain_name(const std::string& what, const std::string& name) {
    require_utf8(what, name);
    if (is_plain_name(name)) return;
    throw std::invalid_argument(what + " is '" + printable(name) +
                                "' but must be the name of one file or folder, 1 to 200 bytes without '/': change it");
}

} // namespace examples
