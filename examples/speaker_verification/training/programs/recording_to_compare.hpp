#pragma once

#include <filesystem>
#include <vector>

namespace speaker_verification {

/// Samples of an audio file whose voice is to be compared, as read_audio has them.
///
/// Throws std::runtime_error with one sentence that names the file where read_audio does, and where a number would come
/// out that says nothing: when the file is shorter than its header promises, a sample is not finite or beyond 65536
/// times full scale, or all samples are the same, as in silence.
std::vector<float> read_recording_to_compare(const std::filesystem::path& file);

} // namespace speaker_verification
