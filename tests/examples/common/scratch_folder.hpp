#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

/// A folder of its own for a test, removed at the end.
struct scratch_folder {
    scratch_folder() { std::filesystem::remove_all(path); }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() /
        ("bregman-" + boost::unit_test::framework::current_test_case().p_name.get() + "-" + std::to_string(::getpid()));
};

inline std::string contents(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

inline std::size_t files_in(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder)) return 0;
    const auto entries = std::filesystem::directory_iterator(folder);
    return std::size_t(std::distance(begin(entries), end(entries)));
}
