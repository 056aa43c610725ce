#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

/// A folder of the test's own, gone afterwards. A fixture: the test sees it as `path`.
struct scratch_folder {
    std::filesystem::path path;

    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "speech_data_test_XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make the folder " + name);
        path = name;
    }
    ~scratch_folder() { std::filesystem::remove_all(path); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
};
