#pragma once
#include "speaker_verification/data/feature_store.hpp"
#include "speaker_verification/data/speech_index.hpp"
#include "speaker_verification/training/settings.hpp"
#include "speaker_verification/training/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace speaker_verification {

/// `chosen`, or where `fetch_speech` writes by default when that is empty.
std::filesystem::path speech_folder(const std::string& chosen);

/// LibTorch starts with half the processors: sets `threads`, or one for each processor if 0. Also lets the
/// process keep the memory it frees. Call it before the first tensor is made.
void use_threads(std::int64_t threads);

/// A speech store with its features, computed on first use.
struct speech_with_features {
    /// An augmented copy of every training utterance.
    struct variant {
        double speed;
        feature_file features;
    };

    speech_store speech;
    feature_store features;
    std::vector<variant> variants;

    /// Prints progress while features are computed, those of the first `variant_count` augmented copies as
    /// `compute_features --variants` was told to make them. Throws std::runtime_error with one sentence when
    /// the store is missing or damaged, or when it was not told.
    speech_with_features(const std::filesystem::path& folder, const filter_bank_settings& bank,
                         std::int64_t variant_count = 0);

    /// The training utterances with their variants; at most `max_speakers` speakers and `max_utterances` of
    /// each, 0: all.
    training_material training(const batch_settings& limits) const;
};

} // namespace speaker_verification
