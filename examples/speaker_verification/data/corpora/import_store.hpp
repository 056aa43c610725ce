#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "speaker_verification/data/corpora/corpus.hpp"
#include "speaker_verification/data/corpora/scan_cache.hpp"

namespace speaker_verification {

struct import_settings {
    std::filesystem::path store;
    std::vector<corpus_request> corpora;
    std::vector<std::filesystem::path> trials; ///< a list's name in the store is its file's without suffix
    enrolment how = enrolment::average;        ///< of CN-Celeb
    double shortest_seconds = 1;               ///< shorter recordings do not train
    double joined_seconds = 5;                 ///< CN-Celeb's recordings are joined to at least this
    int threads = 2;
    bool rescan = false; ///< measure all anew instead of using what an earlier import measured
};

/// What an import found, for people and tests.
struct import_report {
    std::size_t training = 0, speakers = 0; ///< utterances, and who speaks them
    double training_hours = 0;
    std::size_t too_short = 0;                   ///< recordings left out because of shortest_seconds
    std::size_t of_trial_speakers = 0;           ///< left out because a trial list names their speaker
    std::size_t skipped = 0;                     ///< that cannot be used: skipped.txt of the store lists them
    std::size_t trials = 0, trials_left_out = 0; ///< left out because a side of them cannot be used
    std::vector<std::string> counts;             ///< of published sets
    std::vector<std::string> warnings;
};

/// Writes a speech store (speech_index.hpp) over corpora that stay where they are: which file is whose, how
/// long it is, and what is compared. Nothing is copied. Speakers of trial lists never train.
///
/// Time and memory: each recording's header is opened once, and again only when the file has changed since an earlier
/// import (200,000 WAV files whose headers the system held took 4.2 s); recordings of trials are also decoded once, so
/// that no trial rests on a broken file. A recording takes about .7 kB: .9 GB for the 1.24 million of VoxCeleb1 and 2.
///
/// Throws std::runtime_error, one sentence with the remedy: for a corpus or list that is malformed, for more
/// than 1 % of recordings that cannot be used, and for a store that holds fetched speech.
import_report import_store(const import_settings& settings);

} // namespace speaker_verification
