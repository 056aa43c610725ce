#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace speaker_verification {

/// Reads up to `count` bytes of a file from `place` on and returns how many there were.
using read_bytes_at = std::function<std::size_t(std::uint64_t place, void* target, std::size_t count)>;

/// How many bytes of samples a WAV's header promises, and how many there are.
struct wav_length {
    std::uint64_t riff_field = 4; ///< byte at which the header says how long the file is
    std::uint64_t data_field = 0; ///< and how long the samples are; each a u32, little-endian
    std::uint64_t promised = 0, present = 0;
    /// The one who wrote it did not know the length, as to a pipe: the samples go on to the end of the file.
    bool streamed = false;

    /// What is promised and is not there. A missing byte of padding does not count.
    bool breaks_off() const { return !streamed && promised > present + 1; }
};

/// Nothing for a file that is no WAV of 32-bit lengths, or has no samples' chunk.
std::optional<wav_length> find_wav_length(const read_bytes_at& read, std::uint64_t file_size);

} // namespace speaker_verification
