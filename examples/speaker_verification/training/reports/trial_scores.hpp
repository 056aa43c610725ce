#pragma once
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace speaker_verification {

/// A scored trial with all that its figures and their intervals need, a row of scores/LIST.csv.
struct trial_score {
    std::string speaker_a, speaker_b; ///< equal: a target trial
    std::string type;                 ///< as in the trial list
    double cosine = 0;                ///< after subtracting the training mean
    double as_norm = 0;               ///< the same after adaptive score normalisation
};

/// Columns speaker_a, speaker_b, type, cosine, as_norm; 9 significant digits. Writes atomically. Throws
/// std::invalid_argument for names with a comma or a line break, std::runtime_error when the file cannot be
/// written.
void write_trial_scores(const std::filesystem::path& path, const std::vector<trial_score>& scores);

/// Throws std::runtime_error with file, line and value for a file that cannot be read.
std::vector<trial_score> read_trial_scores(const std::filesystem::path& path);

/// The scores of one condition (see trial_conditions.hpp) of the list of this name: `condition` is the
/// list's name or list/condition. `score` picks the cosine or the normalised score. Empty when the list has
/// no such condition.
std::vector<speaker_trial> trials_of_condition(const std::vector<trial_score>& scores, const std::string& list,
                                               const std::string& condition, double trial_score::*score);

} // namespace speaker_verification
