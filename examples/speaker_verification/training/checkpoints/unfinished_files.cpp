#include "speaker_verification/training/checkpoints/unfinished_files.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace speaker_verification {

namespace {

/// The process whose temporary file this is by its name; 0: none.
pid_t writer_of(std::string_view name) {
    constexpr std::string_view mark = ".partial-";
    const auto place = name.rfind(mark);
    if (place == std::string_view::npos || place == 0) return 0;
    const auto rest = name.substr(place + mark.size());
    pid_t process = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), process);
    const bool ends = end == rest.data() + rest.size() || *end == '.';
    return failure == std::errc{} && ends && process > 0 ? process : 0;
}

bool is_gone(pid_t process) { return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH); }

} // namespace

void remove_unfinished_files(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::vector<fs::path> unfinished;
    std::error_code failure;
    // What cannot be looked into or removed is left: nothing depends on it.
    for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, failure), end;
         !failure && entry != end; entry.increment(failure)) {
        std::error_code ignored;
        const pid_t writer = writer_of(entry->path().filename().native());
        if (writer != 0 && is_gone(writer) && fs::is_regular_file(entry->symlink_status(ignored))) {
            unfinished.push_back(entry->path());
        }
    }
    for (const auto& file : unfinished) fs::remove(file, failure);
}

} // namespace speaker_verification
