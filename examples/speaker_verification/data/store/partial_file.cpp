#include "speaker_verification/data/store/partial_file.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.hpp"

namespace speaker_verification {
namespace {

/// False when the name stands for another file by now: the process that was waited for has finished its own.
bool is_named(int descriptor, const std::filesystem::path& path) {
    struct stat opened = {}, named = {};
    return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

} // namespace

partial_file::partial_file(const std::filesystem::path& target) : target_(target), path_(target.string() + ".partial") {
    examples::make_folder_of(path_);
    for (;;) {
        descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0) fail("open");
        if (::flock(descriptor_, LOCK_EX) == 0 && is_named(descriptor_, path_)) return;
        ::close(descriptor_);
    }
}

partial_file::~partial_file() { ::close(descriptor_); }

std::uint64_t partial_file::size() const {
    struct stat status = {};
    if (::fstat(descriptor_, &status) != 0) fail("look at");
    return static_cast<std::uint64_t>(status.st_size);
}

std::string partial_file::beginning(std::size_t bytes) const {
    std::string text(bytes, '\0');
    const auto count = ::pread(descriptor_, text.data(), bytes, 0);
    if (count < 0) fail("read");
    text.resize(static_cast<std::size_t>(count));
    return text;
}

void partial_file::cut(std::uint64_t bytes) {
    const auto end = static_cast<off_t>(bytes);
    if (::ftruncate(descriptor_, end) != 0 || ::lseek(descriptor_, end, SEEK_SET) != end) fail("cut");
}

void partial_file::append(const void* data, std::size_t bytes) {
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
        const auto count = ::write(descriptor_, next, bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail("write");
        next += count;
        bytes -= static_cast<std::size_t>(count);
    }
}

void partial_file::finish() {
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("rename");
}

void partial_file::discard() {
    if (::unlink(path_.c_str()) != 0) fail("remove");
}

void partial_file::fail(const std::string& action) const {
    throw std::runtime_error("cannot " + action + " '" + path_.string() + "' (" + std::strerror(errno) +
                             "): free some space or check the permissions, what was written is kept");
}

} // namespace speaker_verification
