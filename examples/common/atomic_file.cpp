#include "common/atomic_file.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <vector>

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

constexpr std::string_view partial_mark = ".partial-";

/// The process that a temporary name says it is of; 0 for other names.
pid_t writer_of(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    const std::size_t mark = name.rfind(partial_mark);
    if (mark == std::string::npos) return 0;
    const char *begin = name.data() + mark + partial_mark.size(), *end = name.data() + name.size();
    pid_t process = 0;
    const auto [stop, error] = std::from_chars(begin, end, process);
    return error == std::errc() && (stop == end || *stop == '.') ? process : 0;
}

/// A file that this process has locked, if nobody else had.
class file_lock {
  public:
    explicit file_lock(const std::filesystem::path& path, int flags = O_RDONLY)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)),
          held_(descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {}
    ~file_lock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

    bool held() const { return held_; }

  private:
    int descriptor_;
    bool held_;
};

/// Removes what writers left in a folder that were killed. In another container may live processes that are not seen
/// here, so that the lock is asked for, too.
void remove_leftovers(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> left;
    std::error_code ignored;
    for (std::filesystem::directory_iterator each(folder, ignored), end; !ignored && each != end;
         each.increment(ignored))
        if (const pid_t writer = writer_of(each->path()); writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH)
            left.push_back(each->path());
    for (const auto& path : left)
        if (const file_lock lock(path); lock.held()) std::filesystem::remove(path, ignored);
}

/// Once for each folder that this process writes to.
void remove_leftovers_once(std::filesystem::path folder) {
    static std::mutex mutex;
    static std::set<std::filesystem::path> seen;
    if (folder.empty()) folder = ".";
    {
        const std::lock_guard lock(mutex);
        if (!seen.insert(std::filesystem::absolute(folder)).second) return;
    }
    remove_leftovers(folder);
}

} // namespace

std::filesystem::path temporary_name_beside(const std::filesystem::path& path) {
    remove_leftovers_once(path.parent_path());
    std::filesystem::path name = path;
    // The extension stays last: some writers choose the format by it.
    name.replace_filename(path.stem().string() + std::string(partial_mark) + std::to_string(::getpid()) +
                          path.extension().string());
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
        const file_lock mine(temporary.path(), O_RDWR | O_CREAT);
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
