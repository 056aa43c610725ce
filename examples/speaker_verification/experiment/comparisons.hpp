#pragma once
/// The paper's law beside every other method of a grid, at equal sparsity.
#include "speaker_verification/experiment/results.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace speaker_verification {

/// Which of two methods a difference decides for.
enum class winner { paper, other, nobody };

/// "paper", "other", "nobody".
const char* in_words(winner decided);

/// Adaptive runs of one network, optimizer and target beside those of another method, paired by seed and fold.
struct method_comparison {
    std::string network, optimizer; ///< of the adaptive runs
    double target = 0;
    std::string other_optimizer, other_variant;
    std::vector<run_pair> pairs;              ///< adaptive and other
    std::size_t left_out = 0;                 ///< pairs whose sparsities differ by more than `target_tolerance`
    std::map<std::string, measured_mean> eer; ///< for each list, adaptive minus other, a share
    measured_mean accuracy;                   ///< closed set, adaptive minus other, a share
    winner by_eer = winner::nobody;           ///< on the headline list
    winner by_accuracy = winner::nobody;
};

/// Each network, target and optimizer of the paper beside all other methods: other variants of the same optimizer, and
/// every variant of optimizers that are not the paper's. A dense network counts as one of any sparsity.
///
/// A difference decides for one side when its 90 % interval lies on that side of 0 and the pairs have more than one seed;
/// what a single seed says, another may not.
std::vector<method_comparison> comparisons_of(const experiment_results& results);

/// comparisons.json: for each {network, optimizer, target, other: {optimizer, variant}, pairs, left_out, seeds, eer: {list: {mean,
/// low, high}}, accuracy, eer_decides_for, accuracy_decides_for}; low and high are null without an interval.
nlohmann::json json_of_comparisons(const std::vector<method_comparison>& comparisons);

} // namespace speaker_verification
