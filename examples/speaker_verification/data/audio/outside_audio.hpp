#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace speaker_verification {

/// Why a recording cannot be used: it is missing, cannot be decoded, has another rate or several channels, or samples
/// that are no speech (usable_sound.hpp).
/// Whoever goes through a corpus skips, counts and lists it (skipped_recordings.hpp).
class unusable_audio : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Where the sound of an utterance outside a speech store lies, as text: files separated by '|', which are
/// joined, each absolute or relative to the root of its corpus. `shard.tar@1536` is the member of an
/// uncompressed tar archive whose header begins at byte 1536.
///
/// Samples (at 16 kHz) of all files by their headers: fast, and too long for a FLAC that is cut off. Throws
/// unusable_audio.
std::int64_t measure_outside_audio(const std::filesystem::path& root, const std::string& source);

/// Tells the sound at a place from what lay there before, without reading it (file_stamp.hpp): 16 digits.
std::string outside_stamp(const std::filesystem::path& root, const std::string& source);

/// The samples themselves on the int16 scale. Throws unusable_audio.
std::vector<float> read_outside_audio(const std::filesystem::path& root, const std::string& source);

} // namespace speaker_verification
