#include "speaker_verification/training/checkpoints/run_lock.hpp"

#include "common/atomic_file.hpp"
#include "speaker_verification/training/checkpoints/unfinished_files.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <stdexcept>
#include <sys/file.h>
#include <unistd.h>

namespace speaker_verification {

namespace {

/// "train (process 17)", as the holder wrote it.
std::string holder_in(int descriptor) {
    char text[256];
    const auto size = ::pread(descriptor, text, sizeof text, 0);
    std::istringstream words(std::string(text, size > 0 ? std::size_t(size) : 0));
    long process = 0;
    std::string program;
    // Whoever took it a moment ago may not have written yet.
    return words >> process >> program ? program + " (process " + std::to_string(process) + ")" : "another program";
}

} // namespace

run_lock::run_lock(const std::filesystem::path& folder, const std::string& program, const std::string& remedy) {
    const auto path = folder / ".lock";
    examples::make_folder_of(path);
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    const bool locked = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    const int reason = errno;
    const bool busy = !locked && descriptor_ >= 0 && reason == EWOULDBLOCK;
    const std::string holder = busy ? holder_in(descriptor_) : "";
    if (!locked && descriptor_ >= 0) ::close(descriptor_);
    if (busy) {
        throw std::runtime_error("'" + folder.string() + "' is in use by " + holder + ": wait until it ends, or " +
                                 remedy);
    }
    const std::string who = std::to_string(::getpid()) + " " + program + "\n";
    const bool written = locked && ::ftruncate(descriptor_, 0) == 0 &&
                         ::pwrite(descriptor_, who.data(), who.size(), 0) == ssize_t(who.size());
    if (!written) {
        const std::string failure = std::strerror(locked ? errno : reason);
        if (locked) ::close(descriptor_);
        throw std::runtime_error("cannot lock '" + path.string() + "' (" + failure +
                                 "): check the permissions and the space left on the disk, or " + remedy);
    }
    remove_unfinished_files(folder);
}
run_lock::~run_lock() { ::close(descriptor_); }

} // namespace speaker_verification
