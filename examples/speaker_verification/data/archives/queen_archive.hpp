#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {

/// queen.1c, the data file of "Flight of the Amazon Queen". Its speech members (*.SB) are bare MP3 streams.
///
///     bytes   meaning
///     0-3     "QTBL"
///     4-9     version
///     12      compression, 1 = MP3
///     13-14   u16 big-endian: number of entries n
///     15-     n entries of 21 bytes: name (12, zero-padded), bundle (u8), offset and size (u32 big-endian)
class queen_archive {
  public:
    /// Reads the table. Throws std::runtime_error when it is none.
    explicit queen_archive(std::filesystem::path file);

    /// Decodes one speech member, e.g. "020001P2.SB". Throws std::runtime_error when there is none of that
    /// name.
    sound decode(const std::string& member) const;

  private:
    struct extent {
        std::uint64_t offset, size;
    };
    std::filesystem::path file_;
    std::map<std::string, extent> members_;
};

} // namespace speaker_verification
