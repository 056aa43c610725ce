#pragma once
#include "speaker_verification/experiment/campaign.hpp"

#include <filesystem>

namespace speaker_verification {

/// Runs by the programs `train` and `score` in the subfolders training/ of `programs`. What they print goes
/// to train.txt and score.txt in the run's folder.
///
/// A run that has a checkpoint is resumed; one that was begun without reaching its first is begun anew. A
/// signal to this process (see interruption_guard, which must be alive) is passed on: `train` then writes a
/// checkpoint.
run_executor run_with_programs(const run_archive& archive, const std::filesystem::path& programs);

/// The last line that says something, without the program's name: a failure in one sentence.
std::string last_sentence(const std::string& output);

} // namespace speaker_verification
