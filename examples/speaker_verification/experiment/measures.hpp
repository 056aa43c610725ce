#pragma once
/// Numbers that sum up the log of one run.
#include "speaker_verification/experiment/run_archive.hpp"

#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// x and y of the lines that have both, as numbers.
struct curve {
    std::vector<double> x, y;
};
curve curve_of(const std::vector<nlohmann::json>& lines, const std::string& field);

/// Mean of `validation_accuracy` over the validations in the first third of the run's steps; of the training
/// batches' `accuracy` where there are fewer than two of them and `by_validation` is false. nullopt when
/// there is nothing to average.
std::optional<double> early_accuracy(const run_record& run, bool by_validation);

/// Largest value of a field over training; nullopt when no line has it.
std::optional<double> largest(const run_record& run, const std::string& field);
/// Its last value.
std::optional<double> last(const run_record& run, const std::string& field);

/// How s moves around the target in the last quarter of the steps.
struct oscillation {
    int crossings = 0;              ///< changes of side between readings further off than `outside`
    double highest = 0, lowest = 0; ///< of s - target
    static constexpr double outside = .0025;
    static constexpr int enough_crossings = 4;

    bool oscillates() const { return crossings >= enough_crossings; }
};
/// Of a run with a target; readings are the lines of its log.
oscillation late_oscillation(const run_record& run);

struct layer_sparsity {
    std::string name, role;
    double size = 0, sparsity = 0;
};
/// Regularised tensors in the network's order, from the last validation that lists them; empty when none
/// does.
std::vector<layer_sparsity> layers_of(const run_record& run);

/// sum size |s_a - s_b| / sum size over layers of the same name; nullopt unless both runs list the same
/// layers.
std::optional<double> layer_distance(const run_record& a, const run_record& b);

} // namespace speaker_verification
