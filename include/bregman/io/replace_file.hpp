#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace bregman {

/// Writes a file of these parts, whole or not at all: under a new name beside it, which is then renamed, so that a crash or
/// a full disk leaves what was there. A symbolic link stays one, and what it points to is replaced. Throws
/// std::runtime_error that names the file and the reason; nothing is left behind then. What is there and is no regular file
/// (a folder, a device) is refused.
inline void replace_file(const std::string& path, std::initializer_list<std::string_view> parts) {
    namespace fs = std::filesystem;
    const auto fail = [&path](const std::string& reason) {
        throw std::runtime_error("cannot write " + path + ": " + reason);
    };
    std::error_code error;
    fs::path target = path;
    if (fs::is_symlink(fs::symlink_status(target, error))) {
        target = fs::canonical(target, error);
        if (error) fail("it is a link to what does not exist");
    }
    const fs::file_status there = fs::status(target, error);
    if (fs::exists(there) && !fs::is_regular_file(there)) fail("something is there that is no regular file");

    // "x" makes a file or fails: another program's, or a link that waits under the name, is never written to.
    std::random_device random;
    std::string partial;
    std::FILE* file = nullptr;
    for (int attempt = 0; file == nullptr && attempt < 100; ++attempt) {
        partial = target.string() + ".partial-" + std::to_string(random());
        file = std::fopen(partial.c_str(), "wbx");
        if (file == nullptr && errno != EEXIST) break;
    }
    if (file == nullptr) fail(std::string(std::strerror(errno)) + "; does the folder exist, and is it writable?");
    bool written = true;
    for (const std::string_view part : parts)
        written = written && std::fwrite(part.data(), 1, part.size(), file) == part.size();
    int reason = written ? 0 : errno;
    if (std::fclose(file) != 0 && reason == 0) reason = errno;
    if (reason == 0) {
        fs::rename(partial, target, error);
        reason = error.value();
    }
    if (reason != 0) {
        std::remove(partial.c_str());
        fail(std::string(std::strerror(reason)) + "; is the disk full?");
    }
}

} // namespace bregman
