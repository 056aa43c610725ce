#pragma once
#include "speaker_verification/data/levels.hpp"
#include "speaker_verification/model/aam_softmax.hpp"
#include "speaker_verification/model/ecapa_tdnn.hpp"
#include "speaker_verification/training/batches.hpp"
#include "speaker_verification/training/settings.hpp"

#include <string>
#include <vector>

namespace speaker_verification {

/// All that a network means: how its features are made and levelled, and whom its head tells apart.
struct run_description {
    settings all;
    filter_bank_settings features;
    level_normalization normalization;
    std::vector<std::string> speakers;

    /// Head rows: each speaker, and each again for every warp.
    std::int64_t classes() const;
};

/// The embedding network, with the classifier registered on it as `projection`, so that both share one list
/// of parameters and one state dict.
struct speaker_network {
    ecapa_tdnn embedder{nullptr};
    aam_softmax head{nullptr};
};

/// Kaldi's filter bank on 16 kHz with the bands that the settings ask for.
filter_bank_settings filter_bank_of(const feature_settings& features);

/// A network with random weights, a function of the settings' seed alone.
speaker_network make_network(const run_description& run);

/// (B,T,F) float32, a copy.
torch::Tensor tensor_of(const batch& batch);

/// (B) int64, a copy.
torch::Tensor classes_of(const batch& batch);

} // namespace speaker_verification
