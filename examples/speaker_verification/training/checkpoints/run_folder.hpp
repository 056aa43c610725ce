#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <filesystem>

namespace speaker_verification {

enum class when_run_exists { refuse, resume, overwrite };

struct checked_run_folder {
    std::filesystem::path path;
    bool has_checkpoint = false; ///< to resume from, where that was asked for
};

/// `results`/`name` of the settings, looked at before anything is written. A run that was killed before its first
/// checkpoint starts anew, whether it is resumed or started again: there is nothing to lose.
///
/// Throws std::runtime_error with one sentence when it holds a network that should be refused, or holds no run and
/// should be resumed, and std::invalid_argument when one without a checkpoint should be resumed with other settings.
checked_run_folder check_run_folder(const settings& all, when_run_exists choice);

/// Makes the folder ready: removes with `overwrite` the files of an earlier training, nothing else, and writes
/// config.toml.
void prepare_run_folder(const std::filesystem::path& folder, const settings& all, when_run_exists choice);

} // namespace speaker_verification
