#pragma once
#include "speaker_verification/experiment/results.hpp"

namespace speaker_verification {

/// Cosines from what `score` wrote for a run, runs/NAME/scores/LIST.csv; nullopt where that is missing or the
/// list has no such trials. `list` is a list's name or LIST/CONDITION.
scored_trial_source trials_of(const run_archive& archive);

} // namespace speaker_verification
