#pragma once
#include "speaker_verification/scoring/seed_bootstrap.hpp"
#include "speaker_verification/training/reports/trial_scores.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace speaker_verification {

/// One scored network: what `score` wrote into a folder.
struct scored_network {
    std::filesystem::path folder;
    nlohmann::json score; ///< score.json
    std::vector<std::string> held_out;
};

/// The networks of one configuration by their seed: of each seed one, or one for each fold of a rotation.
using scored_configuration = std::map<std::int64_t, std::vector<scored_network>>;

/// Reads score folders. Throws std::runtime_error or std::invalid_argument with one sentence for a folder
/// that `score` of this version did not write, for networks of different settings (naming the first), for a
/// seed that occurs twice, for folds that hold out the same actor, and for seeds that do not have the same
/// folds.
scored_configuration read_scored_configuration(const std::vector<std::filesystem::path>& folders);

/// What can be asked of all networks of a configuration: its lists and their conditions, and "closed_set". Of
/// a rotation the folds' own lists are one, "rotation", whose figure weighs the folds by the actors they hold
/// out; every other figure counts all folds alike.
std::vector<std::string> figures_of(const scored_configuration& configuration);

/// Each seed's figure of this name (see figures_of): the equal error rate by `score`, or for "closed_set" the
/// share recognised. Throws as read_score_file does.
std::vector<weighted_figure> seeds_of(const scored_configuration& configuration, const std::string& figure,
                                      double trial_score::*score, speaker_numbers& numbers);

/// The configuration beside another one, for every figure that both have:
///
///     {"seeds": [..], "figures": {name: {"value", "low", "high", "by_seed": [..], "speakers",
///         "against": {"value", "low", "high", "by_seed"}, "difference": {"value", "low", "high",
///         "better_or_equal", "verdict", "at_most_worse_by"}}}}
///
/// without the last two when `against` is empty. The difference is `one` minus `against`; better_or_equal is
/// the share of resamples in which `one` is not worse; the verdict is "better" or "worse" when the interval
/// lies on one side of 0, else "not told apart"; at_most_worse_by is the interval's worse end, at least 0.
/// Throws std::invalid_argument when the two were scored on different speakers.
nlohmann::json compare_configurations(const scored_configuration& one, const scored_configuration& against,
                                      double trial_score::*score, const bootstrap_options& options = {});

/// That as lines of text, rates in %.
std::string comparison_table(const nlohmann::json& comparison);

} // namespace speaker_verification
