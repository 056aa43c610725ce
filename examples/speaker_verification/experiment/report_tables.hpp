#pragma once
#include "speaker_verification/experiment/document.hpp"
#include "speaker_verification/experiment/results.hpp"

namespace speaker_verification {

/// For each network, optimizer, target and variant: runs, sparsity, lambda, EERs with their intervals,
/// closed-set accuracy, each a mean over seeds.
table methods_table(const experiment_results& results);

/// comparisons_of: the adaptive lambda against every other method at equal sparsity, and which of both it decides for.
table differences_table(const experiment_results& results);

/// Every run of the blocks: what it reached, steps, seconds, share of time waited for data.
table runs_table(const experiment_results& results);

/// Candidates of the sweeps and which won.
table sweeps_table(const std::vector<sweep_outcome>& sweeps);

/// Layer by layer: number, name, weights, and the sparsity of the methods of figures 5 and 10.
table layers_table(const experiment_results& results, const std::string& network);

/// The settings in which the paper's experiments differ, beside those of the first adaptive run of each
/// network.
table deviations_table(const experiment_results& results);

} // namespace speaker_verification
