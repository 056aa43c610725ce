#pragma once
/// Which network a score file is of: `scores`.json beside `scores`.txt.
#include <filesystem>
#include <string>

namespace speaker_verification {

/// Says that the score file, which is written already, is of the network with this fingerprint (network_fingerprint).
/// Throws std::runtime_error with one sentence when it cannot be written.
void write_score_origin(const std::filesystem::path& scores, const std::string& network);

/// Throws std::runtime_error with one sentence unless it is: when that is not said, when the file was changed since, and
/// when it is of another network than `checkpoint`'s.
void require_scores_of(const std::filesystem::path& scores, const std::string& network,
                       const std::filesystem::path& checkpoint);

} // namespace speaker_verification
