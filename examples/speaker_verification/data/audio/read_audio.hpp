#pragma once

#include <filesystem>
#include <vector>

namespace speaker_verification {

/// What `read_audio` accepts.
struct audio_requirements {
    int sample_rate = 16000;      ///< Hz, exactly
    double shortest_seconds = .5; ///< shorter files say too little about a speaker
};

/// Samples of a mono audio file (WAV, FLAC, Ogg and whatever else libsndfile reads) on the int16 scale.
///
/// Throws std::runtime_error with one sentence (file, value, remedy) when the file is missing or unreadable,
/// empty, shorter than required, has more than one channel or another rate: mixing down or resampling
/// silently would hide a mismatch from the one who scores it, so the sentence gives the ffmpeg line that
/// converts the file.
std::vector<float> read_audio(const std::filesystem::path& file, const audio_requirements& requirements = {});

} // namespace speaker_verification
