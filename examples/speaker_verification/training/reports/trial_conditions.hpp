#pragma once
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/scoring/report.hpp"

#include <string>
#include <vector>

namespace speaker_verification {

/// One question that a trial list answers: which of its trials are targets and non-targets.
struct trial_condition {
    std::string name;                ///< the list's, or list/condition
    std::vector<std::size_t> trials; ///< indices into trial_list::trials
};

/// A list in which the same actor plays several characters (trials of type cross_character) holds three: the
/// headline, under the list's own name, same_character against same_gender; the easier .../diff_gender; and
/// the stress test .../cross_character, which is never the headline. So does the list of a rotation, each
/// where it has such trials. Every other list is one condition of all its trials.
std::vector<trial_condition> conditions_of(const trial_list& list);

} // namespace speaker_verification
