#pragma once
#include "speaker_verification/data/features/levels.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace speaker_verification {

/// All that a network means: how its features are made and levelled, and whom its head tells apart.
struct run_description {
    settings all;
    filter_bank_settings features;
    level_normalization normalization;
    std::vector<std::string> speakers;

    /// Head rows: each speaker, each again for every warp, and those of phantom speakers, who never occur.
    std::int64_t classes() const { return present_classes() + all.loss.phantom_speakers; }
    std::int64_t present_classes() const { return std::int64_t(speakers.size() * (1 + all.batches.warps.size())); }
};

/// At most the parameters of such a network, told without making it: to refuse what a file cannot hold before gigabytes
/// are asked for. In double, as it may be more than an integer holds.
double fewest_parameters(const model_settings& model, std::int64_t bands, std::int64_t classes);

/// Kaldi's filter bank on 16 kHz with the bands that the settings ask for.
filter_bank_settings filter_bank_of(const feature_settings& features);

/// Whether two runs take the same steps: throws std::invalid_argument with one sentence, which `where` starts, naming the
/// first setting that differs. Lengths, intervals, folders, the device and numbers of threads may.
void require_same_steps(const settings& saved, const settings& asked, const std::string& where);

/// Whether two runs heard the same: throws std::invalid_argument with one sentence naming the first
/// difference in features, speakers or levels.
void require_same_speech(const run_description& saved, const run_description& asked, const std::string& where);

/// Whether a run may go on from a checkpoint: features, speakers, levels and every setting that a step
/// depends on must be the checkpoint's. Lengths, intervals, folders, the device and numbers of threads may
/// differ.
///
/// Throws std::invalid_argument with one sentence naming the first difference.
void require_resumable(const run_description& saved, const run_description& asked, const std::string& where);

} // namespace speaker_verification
