#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace speaker_verification {

/// A long file that is written from front to back, under the name <target>.partial until it is whole. What a
/// run that was killed wrote stays, and the next one goes on behind it.
class partial_file {
  public:
    /// Opens the partial file or makes it, and waits while another process writes it. Throws
    /// std::runtime_error with one sentence when that is impossible.
    explicit partial_file(const std::filesystem::path& target);
    ~partial_file();
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;

    const std::filesystem::path& path() const { return path_; }

    std::uint64_t size() const;

    /// Its first bytes, fewer if it is shorter.
    std::string beginning(std::size_t bytes) const;

    /// Forgets what lies behind the first `bytes`; what comes next is written there.
    void cut(std::uint64_t bytes);

    /// Throws std::runtime_error (file, reason, remedy), for instance when the disk is full.
    void append(const void* data, std::size_t bytes);

    /// Renames it to its target: it is whole.
    void finish();

    /// Removes it: it is not needed.
    void discard();

  private:
    [[noreturn]] void fail(const std::string& action) const;

    std::filesystem::path target_, path_;
    int descriptor_ = -1;
};

} // namespace speaker_verification
