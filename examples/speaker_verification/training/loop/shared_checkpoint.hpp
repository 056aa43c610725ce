#pragma once
#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"
#include "speaker_verification/training/loop/training_processes.hpp"

namespace speaker_verification {

/// history.read() by the first process, which hands on what it found: the others need not see the folder. Errors as there,
/// in all processes.
checkpoint_history::found read_for_all(checkpoint_history& history, const training_processes& processes);

} // namespace speaker_verification
