#pragma once
#include "speaker_verification/training/checkpoint.hpp"
#include "speaker_verification/training/speech_material.hpp"

#include <Eigen/Core>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace speaker_verification {

/// Embeds and scores the trial lists of a speech store and writes into `folder`: score.json, and
/// scores/LIST.txt with a line `label a b score` for each trial. `mean` is subtracted from every embedding
/// before the cosine.
///
/// Returns score.json: {optimizer, target, lambda, steps, seconds, network: {parameters, nonzeros, sparsity,
/// ...}, lists: {name: {eer, eer_low, eer_high, min_dcf_001, min_dcf_005, targets, nontargets}}}, rates as
/// shares; a list's further conditions are lists of their own, LIST/CONDITION.
nlohmann::json score_trial_lists(const trained_network& trained, const speech_with_features& speech,
                                 const Eigen::RowVectorXd& mean, const std::filesystem::path& folder);

/// Cosine of two audio files. Throws std::runtime_error with one sentence for audio that cannot be used.
double score_pair(const trained_network& trained, const Eigen::RowVectorXd& mean,
                  const std::filesystem::path& enrolled, const std::filesystem::path& test);

} // namespace speaker_verification
