#pragma once

#include <filesystem>

#include "speaker_verification/data/audio/sound_file.hpp"

namespace speaker_verification {

/// Decodes a telephone prompt (*.gsm): headerless GSM 06.10 in 33-byte frames of 160 samples, mono, 8000 Hz.
/// Throws std::runtime_error with libsndfile's reason.
sound decode_gsm_prompt(const std::filesystem::path& file);

} // namespace speaker_verification
