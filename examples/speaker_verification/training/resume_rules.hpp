#pragma once
#include "speaker_verification/training/network.hpp"

#include <string>

namespace speaker_verification {

/// Whether a run may go on from a checkpoint: features, speakers, levels and every setting that a step
/// depends on must be the checkpoint's. Lengths, intervals, folders and numbers of threads may differ.
///
/// Throws std::invalid_argument with one sentence naming the first difference.
void require_resumable(const run_description& saved, const run_description& asked, const std::string& where);

} // namespace speaker_verification
