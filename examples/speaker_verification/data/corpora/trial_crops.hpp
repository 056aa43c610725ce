#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/trial_layout.hpp"

namespace speaker_verification {

/// A recording among several corpora.
struct recording_place {
    std::uint32_t corpus = 0;
    std::uint32_t index = 0;
};

/// Finds recordings by the names that lists use, whatever suffix of an audio file these have: CN-Celeb's
/// lists say .wav of files that are .flac.
class recording_finder {
  public:
    explicit recording_finder(const std::vector<corpus>& corpora);

    /// Throws std::runtime_error (list, name, three names that are known, remedy) for an unknown name and
    /// for one that two recordings have.
    recording_place find(const std::string& name, const std::string& list) const;

    bool knows(const std::string& name) const;

  private:
    std::unordered_map<std::string, recording_place> places_;
};

/// One side of trials.
struct trial_crop {
    std::string name;
    std::vector<recording_place> recordings; ///< one, or those whose embeddings are averaged
};

/// A trial list whose names are resolved to recordings.
struct resolved_trials {
    std::string name;
    std::vector<trial_crop> crops; ///< crops[i] is what named.names[i] stands for
    named_trials named;
    std::size_t models = 0, tests = 0; ///< distinct names that are models, and others
};

/// A name that is neither a model's nor a recording's may be a speaker's, as in Kaldi's `speaker utterance target`: the
/// model of a speaker is enrolled by all recordings that the list does not name.
///
/// Throws as named above, and when a model's recordings are of several speakers.
resolved_trials resolve_trials(const trial_source& source, const recording_finder& finder,
                               const std::vector<corpus>& corpora);

} // namespace speaker_verification
