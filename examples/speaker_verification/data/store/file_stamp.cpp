#include "speaker_verification/data/store/file_stamp.hpp"

#include <sys/stat.h>

namespace speaker_verification {
namespace {

std::string in_nanoseconds(const timespec& time) {
    return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

} // namespace

std::string file_stamp(const std::filesystem::path& file) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) return "";
    // The second time cannot be set: a file that was replaced by one of the same size and date is another one, too.
    return std::to_string(status.st_size) + "-" + in_nanoseconds(status.st_mtim) + "-" + in_nanoseconds(status.st_ctim);
}

} // namespace speaker_verification
