#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace examples {

/// A kind of sealed file: its mark, and the words with which it is refused.
struct sealed_file_kind {
    std::string_view magic; ///< 8 bytes
    std::uint32_t version;
    std::string_view name;      ///< such as "checkpoint": starts every refusal
    std::string_view full_name; ///< such as "a checkpoint of speaker verification"
    std::string_view program;   ///< which writes such files
    std::string_view remedy;    ///< what to do without this file, such as "train anew"
};

/// A table that describes bytes.
///
///     magic | u32 version | u32 0 | u64 size of the table | table as JSON | payload | u64 checksum
///
/// Numbers are little-endian. The checksum is FNV-1a (64 bits) of all that precedes it, so that no changed
/// byte goes unseen.
struct sealed_contents {
    nlohmann::json table;
    std::string payload;
};

/// Writes atomically. Throws std::runtime_error with one sentence when the file cannot be written.
void write_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind,
                       const sealed_contents& contents);

/// Throws std::runtime_error with one sentence when the file is missing, of another kind or version,
/// truncated, or does not match its checksum.
sealed_contents read_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind);

/// Throws std::runtime_error: kind, file, and `what` is wrong with it.
[[noreturn]] void refuse_sealed_file(const std::filesystem::path& path, const sealed_file_kind& kind,
                                     const std::string& what);

/// Hands out a payload piece by piece. File and kind, which errors name, and the payload must outlive it.
class payload_reader {
  public:
    payload_reader(const std::filesystem::path& path, const sealed_file_kind& kind, std::string_view payload)
        : path_(path), kind_(kind), rest_(payload) {}

    /// Throws std::runtime_error with one sentence when fewer bytes are left.
    std::string_view next(std::size_t size);

    /// Throws std::runtime_error with one sentence when bytes are left.
    void require_end() const;

  private:
    const std::filesystem::path& path_;
    const sealed_file_kind& kind_;
    std::string_view rest_;
};

} // namespace examples
