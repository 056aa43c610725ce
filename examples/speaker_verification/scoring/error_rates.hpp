#pragma once

#include <span>
#include <vector>

namespace speaker_verification {

/// A trial's score, whether both sides are one speaker, and how often the trial counts.
struct scored_trial {
    double score;
    bool target;
    double weight = 1;
};

/// Error rates over all thresholds, "accept when score >= threshold", one point for every distinct score from
/// the highest down, after a first point that accepts nothing. Trials of equal score change sides together,
/// so the curve does not depend on their order.
struct error_curve {
    std::vector<double> false_accept; ///< share of non-targets accepted, growing from 0 to 1
    std::vector<double> false_reject; ///< share of targets rejected, falling from 1 to 0
};

/// Throws std::invalid_argument when there is no target, no non-target, or a score is not finite.
error_curve make_error_curve(std::span<const scored_trial> trials);

/// The same for trials that are already sorted by falling score and known to be finite: the bootstrap sorts
/// once and changes the weights.
error_curve make_error_curve_of_sorted(std::span<const scored_trial> trials);

/// The rate at which false acceptance equals false rejection, with the curve's points joined by straight
/// lines, as a share in [0, 1].
double equal_error_rate(const error_curve& curve);

/// The score of the list that, as a threshold, brings false acceptance and false rejection closest to each
/// other; of two as close the higher. Throws as make_error_curve does.
double equal_error_threshold(std::span<const scored_trial> trials);

/// min over thresholds of (p false_reject + (1 - p) false_accept) / min(p, 1 - p), accepting nothing and
/// accepting all included. `target_prior` p in (0, 1); throws std::invalid_argument otherwise.
double minimum_detection_cost(const error_curve& curve, double target_prior);

} // namespace speaker_verification
