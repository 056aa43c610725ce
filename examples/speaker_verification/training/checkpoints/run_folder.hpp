#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <filesystem>

namespace speaker_verification {

enum class when_run_exists { refuse, resume, overwrite };

/// `results`/`name` of the settings, looked at before anything is written.
///
/// Throws std::runtime_error with one sentence when it holds a run that should be refused, or holds none and
/// should be resumed.
std::filesystem::path check_run_folder(const settings& all, when_run_exists choice);

/// Makes the folder ready: removes what a killed training left unfinished, and with `overwrite` the files of
/// an earlier training, nothing else, and writes config.toml.
void prepare_run_folder(const std::filesystem::path& folder, const settings& all, when_run_exists choice);

} // namespace speaker_verification
