#include "common/atomic_file.hpp"

#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

namespace examples {

namespace {

/// Removes the temporary file unless it has been renamed.
class temporary_file {
  public:
    explicit temporary_file(std::filesystem::path path) : path_(std::move(path)) {}
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

    void rename_to(const std::filesystem::path& target) {
        std::error_code failure;
        std::filesystem::rename(path_, target, failure);
        if (failure) {
            throw std::runtime_error("cannot replace '" + target.string() + "' (" + failure.message() +
                                     "): check the permissions of its folder");
        }
        path_.clear();
    }

  private:
    std::filesystem::path path_;
};

} // namespace

std::filesystem::path temporary_name_beside(const std::filesystem::path& path) {
    std::filesystem::path name = path;
    // The extension stays last: some writers choose the format by it.
    name.replace_filename(path.stem().string() + ".partial-" + std::to_string(::getpid()) + path.extension().string());
    return name;
}

void make_folder_of(const std::filesystem::path& path) {
    const auto folder = path.parent_path();
    std::error_code failure;
    if (!folder.empty()) std::filesystem::create_directories(folder, failure);
    if (failure) {
        throw std::runtime_error("cannot make the folder '" + folder.string() + "' (" + failure.message() +
                                 "): choose another or change its permissions");
    }
}

void write_file_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write) {
    make_folder_of(path);
    temporary_file temporary(temporary_name_beside(path));
    {
        std::ofstream stream(temporary.path(), std::ios::binary | std::ios::trunc);
        if (!stream) {
            throw std::runtime_error("cannot write '" + temporary.path().string() +
                                     "': check the permissions of its folder");
        }
        write(stream);
        stream.close();
        if (!stream) {
            throw std::runtime_error("cannot finish writing '" + temporary.path().string() +
                                     "': check the space left on the disk");
        }
    }
    temporary.rename_to(path);
}

} // namespace examples
