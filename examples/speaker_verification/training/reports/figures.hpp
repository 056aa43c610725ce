#pragma once
#include "common/gnuplot.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace speaker_verification {

/// lambda (left, logarithmic) and sparsity (right) over the steps of a log, with the target's line.
/// Throws std::invalid_argument for a log of a dense run.
examples::figure lambda_figure(const std::vector<nlohmann::json>& log);

/// Births and deaths of weights between the lines of a log, in per cent of those alive (logarithmic), over its steps: whether
/// the support still moves. Throws std::invalid_argument for a log without them.
examples::figure turnover_figure(const std::vector<nlohmann::json>& log);

/// Loss (left) and accuracy (right) over the steps of a log, in training and on held-out utterances.
examples::figure learning_figure(const std::vector<nlohmann::json>& log);

/// EER of scored runs (see score.json) on each list, with the bootstrap's 90 % interval, beside the anchors
/// where a list has them. The runs must have scored the same lists.
examples::figure eer_figure(const std::vector<nlohmann::json>& scored_runs);

/// Draws what the log of `folder` gives, lambda.*, turnover.* and learning.*, and returns the pictures' names.
std::vector<std::filesystem::path> draw_training(const std::filesystem::path& folder);

} // namespace speaker_verification
