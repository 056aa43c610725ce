#pragma once
#include "speaker_verification/data/features/feature_store.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/training/loop/trainer.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace speaker_verification {

/// `chosen`, or where `fetch_speech` writes by default when that is empty.
std::filesystem::path speech_folder(const std::string& chosen);

/// LibTorch starts with half the processors: sets `threads`, or one for each processor if 0, divided by the processes
/// that share them. Also lets the process keep the memory it frees. Call it before the first tensor of size is made.
void use_threads(std::int64_t threads, int processes = 1);

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

    /// The training utterances of a run with these settings, with their variants: without `held_out_actors`,
    /// and at most `max_speakers` speakers and `max_utterances` of each, 0: all. Throws
    /// std::invalid_argument for actors who cannot be held out (see data/actor_rotation.hpp).
    training_material training(const settings& all) const;
};

/// A trial list and its crops' features, the parts that each crop's embedding is the mean of; `joined` holds
/// those that do not lie in the feature store.
struct list_to_score {
    trial_list trials;
    std::vector<std::vector<feature_view>> crops;
    std::vector<feature_matrix> joined;

    list_to_score() = default;
    list_to_score(list_to_score&&) = default;
    list_to_score& operator=(list_to_score&&) = default;
};

/// The store's trial lists as a network trained with these settings is to be scored on them: where it held
/// out others than the standard list's actors, that list gives way to one of the trials among them.
std::vector<list_to_score> lists_to_score(const speech_with_features& speech, const settings& all);

} // namespace speaker_verification
