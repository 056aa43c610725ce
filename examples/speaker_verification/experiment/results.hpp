#pragma once
/// The finished runs of a grid, as claims, tables and figures ask for them.
#include "speaker_verification/experiment/intervals.hpp"
#include "speaker_verification/experiment/plan.hpp"
#include "speaker_verification/experiment/run_archive.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// The variants that claims and figures are about. A grid may have more; they appear in its tables.
namespace variants {
inline constexpr const char* adaptive = "adaptive"; ///< the paper's law, v left alone
inline constexpr const char* fixed = "fixed";       ///< the oracle's lambda from the first step to the last
inline constexpr const char* dense = "dense";       ///< no sparsity at all
inline constexpr const char* gradual = "gradual";   ///< dense optimizer, gradual magnitude pruning
inline constexpr const char* phantoms = "phantoms"; ///< adaptive, beside class vectors of speakers who never occur
} // namespace variants

/// The paper's networks, optimizers and targets.
extern const std::vector<std::string> paper_networks, paper_optimizers;
extern const std::vector<double> paper_targets;

/// Which runs; what is absent may be anything.
struct run_filter {
    std::optional<std::string> network{}, optimizer{}, variant{};
    std::optional<double> target{};

    bool admits(const planned_run& run) const;
};

/// Two runs that differ in what is compared, with the same network, seed and fold.
struct run_pair {
    const run_record *a, *b;
};

/// Scored trials of a run on a list; nullopt where they are not there.
using scored_trial_source =
    std::function<std::optional<std::vector<speaker_trial>>(const run_record&, const std::string& list)>;

class experiment_results {
  public:
    std::vector<run_record> runs;     ///< of [[runs]] blocks, in their order
    std::vector<run_record> searched; ///< of sweeps and oracle searches
    std::vector<sweep_outcome> sweeps;
    std::vector<oracle_outcome> oracles;
    std::vector<waiting_run> missing; ///< runs of the grid that are not done, with the reason
    std::string headline_list;
    std::vector<std::string> out_of_distribution_lists;
    scored_trial_source trials;

    std::vector<const run_record*> where(const run_filter& filter) const;

    /// Each run of `a` with the run of `b` that has the same network, seed and fold and, unless `b` says
    /// otherwise or is dense, the same target and, unless `b` says otherwise, the same optimizer.
    std::vector<run_pair> pairs(const run_filter& a, const run_filter& b) const;

    /// EER of runs that differ in seed and fold on a list, with an interval where their trials are there or
    /// there are several seeds.
    std::optional<measured_mean> mean_eer(const std::vector<const run_record*>& replicates,
                                          const std::string& list) const;

    /// EER of a minus that of b over the pairs, as a share; nullopt when there is none with both EERs.
    std::optional<measured_mean> eer_difference(const std::vector<run_pair>& pairs, const std::string& list) const;
};

/// What is left of a plan's runs, from the archive.
experiment_results collect(const grid& asked, const run_archive& archive, scored_trial_source trials);

} // namespace speaker_verification
