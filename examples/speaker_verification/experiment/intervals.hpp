#pragma once
/// Means with an interval: over seeds, and over seeds and speakers.
#include "speaker_verification/scoring/seed_bootstrap.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace speaker_verification {

/// A mean and where it may lie with 90 % confidence; without an interval when that cannot be said.
struct measured_mean {
    double mean = 0;
    std::optional<interval> range{};
    std::size_t count = 0; ///< values, or replicates
};

/// Student's interval of the mean, mean -+ t_{.95, n-1} deviation / sqrt(n); none for a single value.
/// Throws std::invalid_argument for no values.
measured_mean mean_with_interval(std::span<const double> values);

/// One trained network on one list, or, in a rotation of the held-out speakers, the networks of all folds:
/// each is tried on speakers of its own.
using replicate_trials = std::vector<std::vector<speaker_trial>>;

/// EER averaged over the replicates, as a share. The interval is that of bootstrap_seeds: resamples draw the
/// speakers, the same in all replicates, and the replicates. Folds are joined by mean_over_folds. Throws
/// std::invalid_argument for no replicates and for trials that have no error rate.
measured_mean mean_equal_error_rate(const std::vector<replicate_trials>& replicates,
                                    const bootstrap_options& options = {});

/// The same for the difference of two systems, a - b, paired: replicate i of both is the same seed and has
/// the same folds, and a resample that draws it draws it for both.
measured_mean equal_error_rate_difference(const std::vector<replicate_trials>& a,
                                          const std::vector<replicate_trials>& b,
                                          const bootstrap_options& options = {});

} // namespace speaker_verification
