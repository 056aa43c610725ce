#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {

/// sky.dnr and sky.dsk, table and data of "Beneath a Steel Sky". Its speech is unsigned 8-bit PCM at 11025 Hz
/// behind a 22-byte header, nearly always packed as an RNC stream of method 1, which libancient unpacks.
///
/// The table: u32 little-endian count, then 8-byte entries of u16 id, u24 offset (when bit 23 is set, the
/// other bits count units of 16 bytes), u24 of which the low 22 bits are the size.
class sky_archive {
  public:
    /// Reads the table of sky.dnr, which lies beside `disk`. Throws std::runtime_error when it is none.
    explicit sky_archive(std::filesystem::path disk);

    /// Decodes one speech member, an id from 50000 to 59999. Throws std::runtime_error when it is missing or
    /// damaged.
    sound decode(int id) const;

  private:
    struct extent {
        std::uint64_t offset, size;
    };
    std::filesystem::path disk_;
    std::map<int, extent> members_;
};

} // namespace speaker_verification
