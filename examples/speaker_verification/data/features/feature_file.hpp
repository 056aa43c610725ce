#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "speaker_verification/data/audio/skipped_recordings.hpp"
#include "speaker_verification/data/features/filter_bank.hpp"

namespace speaker_verification {

class mapped_file;

/// What a feature file holds, and how to make it.
struct feature_file_plan {
    std::filesystem::path folder;
    nlohmann::json description;      ///< of settings and speech: the header, and hashed the name
    std::size_t bins = 0;            ///< of each frame
    std::vector<std::size_t> frames; ///< of each utterance
    /// Utterances from this one on may not be skipped: what a trial compares must be there.
    std::size_t skippable = 0;
    std::function<std::string(std::size_t)> key; ///< names an utterance in messages
    /// Features of an utterance; called from several threads. unusable_audio skips the utterance.
    std::function<feature_matrix(std::size_t)> compute;
};

/// Log-mel features of many utterances in one file, float32, computed once and memory-mapped afterwards.
///
/// The file's name holds a hash of the description, its header the whole; a file that does not match, or has changed
/// since it was sealed (file_seal.hpp), is computed anew. It is written under a temporary name and renamed, so it is whole or absent; a run that was
/// killed is continued behind its last whole block of 512 utterances (partial_file.hpp). Utterances whose
/// sound cannot be used have no frames, and are listed in a file beside it, <name>.skipped.json.
class feature_file {
  public:
    /// Opens the file or computes it by `threads` threads. Throws std::runtime_error when it cannot be
    /// written, an utterance cannot be used that may not be skipped, or more than 1 % are skipped.
    feature_file(const feature_file_plan& plan, int threads,
                 const std::function<void(std::size_t done, std::size_t total)>& progress);
    ~feature_file();
    feature_file(feature_file&&) noexcept;
    feature_file& operator=(feature_file&&) noexcept;

    /// Features of one utterance, without a frame if it was skipped.
    feature_view utterance(std::size_t index) const;

    /// Features of the utterances first..last, one after the other.
    feature_view utterances(std::size_t first, std::size_t last) const;

    const std::filesystem::path& path() const { return path_; }
    bool computed() const { return computed_; }
    std::size_t bytes() const;
    const std::vector<skipped_recording>& skipped() const { return skipped_; }

  private:
    std::filesystem::path path_;
    bool computed_ = false;
    std::unique_ptr<mapped_file> mapping_;
    const float* values_ = nullptr;
    std::size_t bins_ = 0;
    std::vector<std::size_t> first_frame_; ///< of each utterance; then the number of all frames
    std::vector<skipped_recording> skipped_;
};

} // namespace speaker_verification
