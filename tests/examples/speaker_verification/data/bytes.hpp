#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

/// Bytes put together for the tests' small archives.
using bytes = std::vector<std::uint8_t>;

inline void append(bytes& target, const bytes& more) { target.insert(target.end(), more.begin(), more.end()); }

inline bytes little(std::uint32_t value, int count) {
    bytes result;
    for (int i = 0; i < count; ++i) result.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return result;
}

inline bytes big(std::uint32_t value, int count) {
    bytes result;
    for (int i = count; i-- > 0;) result.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return result;
}

inline void write_bytes(const std::filesystem::path& file, const bytes& contents) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
}

inline void write_text(const std::filesystem::path& file, const std::string& contents) {
    write_bytes(file, {contents.begin(), contents.end()});
}
