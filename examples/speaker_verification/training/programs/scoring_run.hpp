#pragma once
#include "speaker_verification/training/checkpoints/checkpoint.hpp"
#include "speaker_verification/training/loop/speech_material.hpp"

#include <Eigen/Core>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace speaker_verification {

/// Of adaptive score normalisation, see adaptive_score_norm.
struct score_norm_options {
    std::int64_t top = 300; ///< nearest training speakers, >= 2; all of them where there are fewer
    int ddof = 0;           ///< of their deviation: 0, or 1 for N - 1
};

/// Embeds and scores the trial lists that the network's settings call for (see lists_to_score) and writes
/// into `folder`: score.json, scores/LIST.txt with a line `label a b score` for each trial, and
/// scores/LIST.csv with speakers, types and both scores (see trial_scores.hpp). `speaker_means` are the
/// training speakers' mean embeddings: their mean is subtracted from every embedding before the cosine, and
/// they are the cohort of AS-norm.
///
/// Returns score.json: {optimizer, target, lambda, steps, seconds, seed, held_out_actors, configuration,
/// network: {parameters, nonzeros, sparsity, ...}, lists: {name: {eer, eer_low, eer_high, min_dcf_001,
/// min_dcf_005, eer_as_norm, min_dcf_001_as_norm, min_dcf_005_as_norm, targets, nontargets}}, as_norm: {top,
/// ddof}, closed_set: {accuracy, accuracy_low, accuracy_high, utterances, by_speaker: {name: [recognised,
/// utterances]}}}, rates as shares; a list's further conditions are lists of their own, LIST/CONDITION.
/// `configuration` has every setting that may change what a network learns, except seed and held_out_actors.
/// closed_set has no accuracy where training held out no utterance.
nlohmann::json score_trial_lists(const trained_network& trained, const speech_with_features& speech,
                                 const Eigen::MatrixXd& speaker_means, const score_norm_options& options,
                                 const std::filesystem::path& folder);

/// Cosine of two audio files. Throws std::runtime_error with one sentence for audio that cannot be used.
double score_pair(const trained_network& trained, const Eigen::RowVectorXd& mean, const std::filesystem::path& enrolled,
                  const std::filesystem::path& test);

} // namespace speaker_verification
