#pragma once

#include <cstddef>
#include <filesystem>

namespace speaker_verification {

/// A file's contents as read-only memory: pages are read when touched and shared between processes.
class mapped_file {
  public:
    /// Throws std::runtime_error when the file cannot be opened or mapped. An empty file maps to no bytes.
    explicit mapped_file(const std::filesystem::path& file);
    ~mapped_file();
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;

    const std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace speaker_verification
