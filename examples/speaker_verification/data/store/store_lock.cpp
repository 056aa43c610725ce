#include "speaker_verification/data/store/store_lock.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/atomic_file.hpp"

namespace speaker_verification {

store_lock::store_lock(const std::filesystem::path& store, const std::function<void()>& when_busy) {
    const auto path = store / ".lock";
    examples::make_folder_of(path);
    // Without O_CLOEXEC: the programs that this process starts have the lock, too, as they work on the same store and
    // may outlive it by a moment.
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT, 0666);
    int failed = descriptor_ < 0 ? -1 : ::flock(descriptor_, LOCK_EX | LOCK_NB);
    if (failed && descriptor_ >= 0 && errno == EWOULDBLOCK) {
        when_busy();
        do failed = ::flock(descriptor_, LOCK_EX);
        while (failed && errno == EINTR);
    }
    if (!failed) return;
    const std::string reason = std::strerror(errno);
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::runtime_error("cannot lock '" + path.string() + "' (" + reason +
                             "): check the permissions, or choose another folder with --cache");
}

store_lock::~store_lock() { ::close(descriptor_); }

} // namespace speaker_verification
