#pragma once

#include <string>
#include <vector>

#include "speaker_verification/data/corpora/corpus.hpp"

namespace speaker_verification {

/// How much of a published set is there, against how much was published.
struct set_count {
    std::string name; ///< e.g. "VoxCeleb1 test"
    std::size_t speakers = 0, recordings = 0;
    std::size_t published_speakers = 0, published_recordings = 0; ///< 0: not known

    bool as_published() const;

    /// "VoxCeleb1 test: 40 speakers, 4874 recordings", and what was published where that differs.
    std::string describe() const;
};

/// The parts of all VoxCeleb and CN-Celeb corpora that have any recording, roots taken together.
std::vector<set_count> count_sets(const std::vector<corpus>& corpora);

/// A warning when a trial list whose length is published, by its file name, has another one, or when a list
/// of all pairs of models and tests (CN-Celeb's: 196 x 17,777) is not of their product; empty when all is
/// well. `models` is 0 for a list without models.
std::string check_trial_count(const trial_source& source, std::size_t trials, std::size_t models, std::size_t tests);

} // namespace speaker_verification
