#pragma once
/// Walks a grid in the order in which its runs depend on each other: sweeps, oracle searches, runs.
#include "speaker_verification/experiment/bisection.hpp"
#include "speaker_verification/experiment/grid.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// What a sweep and a search need to know of a finished run.
struct run_result {
    double sparsity;
    double validation_accuracy;
};

/// Gives a run's result; nullopt when it has none, because it failed or was not run yet.
using result_source = std::function<std::optional<run_result>(const planned_run&)>;

/// Whether a run that has no result is waited for no longer, because it failed.
using surrender = std::function<bool(const planned_run&)>;

struct sweep_outcome {
    sweep asked;
    std::vector<planned_run> candidates;
    std::vector<std::optional<run_result>> results; ///< of each candidate
    std::optional<std::size_t> winner;              ///< absent while a candidate is waited for
};

struct oracle_outcome {
    oracle_search asked;
    std::vector<planned_run> tried; ///< with results, in order, and then the one that has none
    sparsity_by_lambda known;
    std::int64_t runs_left = 0; ///< at most so many more, when the search stands still for a missing result

    /// The lambda tried that comes nearest to the target; nullopt while the search is not finished.
    std::optional<double> lambda_for(double target) const;
};

/// A run that cannot start: what it waits for, in one sentence.
struct waiting_run {
    planned_run run;
    std::string reason;
};

struct followed_plan {
    std::vector<sweep_outcome> sweeps;
    std::vector<oracle_outcome> oracles;
    std::vector<planned_run> runs; ///< of the blocks, with the winner's settings and the oracle's lambda
    std::vector<waiting_run> waiting;

    /// Every run that the plan knows of: candidates, lambdas tried, runs.
    std::vector<planned_run> all_runs() const;
};

/// What can be said of a grid's runs from the results that there are. A sweep has a winner, the best of its
/// candidates, once each of them has a result or was given up; by default none is.
followed_plan follow(
    const grid& asked, const result_source& result_of,
    const surrender& given_up = [](const planned_run&) { return false; });

} // namespace speaker_verification
