#pragma once
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace speaker_verification {

/// A run's last checkpoint and the one before, `last.checkpoint` and `previous.checkpoint` of its folder.
///
/// A write that is killed or finds the disk full leaves both as they were. A last checkpoint that cannot be
/// read is never kept as the one before, so that one good one remains until a better one is whole.
class checkpoint_history {
  public:
    explicit checkpoint_history(std::filesystem::path folder) : folder_(std::move(folder)) {}

    struct found {
        std::filesystem::path path;
        checkpoint_contents contents;
        std::string notice; ///< one sentence when it is not the last; else empty
    };

    /// The last checkpoint, or the one before when that is missing, truncated or changed. Throws
    /// std::runtime_error with one sentence when neither can be read.
    found read();

    /// Makes these contents the last checkpoint, and what was last the one before. Throws std::runtime_error
    /// with one sentence when the disk does not take them.
    void write(const checkpoint_contents& contents);

    std::filesystem::path last() const { return folder_ / "last.checkpoint"; }
    std::filesystem::path previous() const { return folder_ / "previous.checkpoint"; }

  private:
    void keep_previous() const;

    std::filesystem::path folder_;
    bool last_is_good_ = true;
};

} // namespace speaker_verification
