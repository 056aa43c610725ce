#include "speaker_verification/data/store/mapped_file.hpp"

#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace speaker_verification {

mapped_file::mapped_file(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    void* address = MAP_FAILED;
    if (descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > 0)
        address = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0);
    if (descriptor >= 0) close(descriptor);
    if (address != MAP_FAILED) {
        data_ = static_cast<const std::byte*>(address);
        size_ = static_cast<std::size_t>(status.st_size);
    } else if (descriptor < 0 || status.st_size > 0) {
        throw std::runtime_error("'" + file.string() + "' cannot be read into memory: check that you may read it");
    }
}

mapped_file::~mapped_file() {
    if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

} // namespace speaker_verification
