#pragma once

#include <filesystem>

#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {

/// Decodes a speech file (*.ALS) of "Drascula": 32 bytes of header, then unsigned 8-bit PCM, mono, 11025 Hz.
/// Throws std::runtime_error when the file cannot be read or ends within the header.
sound decode_drascula_speech(const std::filesystem::path& file);

} // namespace speaker_verification
