#pragma once
/// What a grid file asks for: runs, searches for the fixed lambda, and sweeps.
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// One training, and what tells it from the others.
struct planned_run {
    std::string name; ///< network-optimizer[-tTARGET]-variant-sSEED[-fFOLD], unique in its grid
    std::string network, optimizer, variant;
    std::optional<double> target{}; ///< absent: dense
    std::int64_t seed = 1;
    std::int64_t fold = 0;      ///< place of its held-out actors in the block's list, from 1; 0: those of the lists
    bool oracle_lambda = false; ///< lambda is the one that an oracle search found
    settings all{};             ///< effective, but for `run.name` and the folders
};

/// Learning rate x weight decay of one network, optimizer and variant; the best by validation accuracy is
/// taken over by every run of `applies_to`.
struct sweep {
    planned_run base;
    std::vector<double> learning_rates, weight_decays;
    std::vector<std::string> applies_to; ///< variants
};

/// Bisection on log lambda for the fixed lambda that reaches each target.
struct oracle_search {
    planned_run base; ///< of the variant with a fixed lambda; its lambda is where the search starts
    std::vector<double> targets;
    std::int64_t runs = 12;   ///< at most, for all targets together
    double tolerance = 0.005; ///< |s - target| at which a lambda is good enough
};

/// How fast the machine is thought to be before anything was measured.
struct speed_guess {
    std::map<std::string, double> steps_per_second; ///< by network
    double score_seconds = 10;                      ///< a run
};

struct grid {
    std::string name;
    std::vector<sweep> sweeps;
    std::vector<oracle_search> oracles;
    std::vector<planned_run> runs;
    speed_guess speed;
    std::string headline_list;                          ///< whose EER the claims are about
    std::vector<std::string> out_of_distribution_lists; ///< of claim C5
};

/// Reads a grid file, TOML:
///
///     name = "quick"                    # folder of its results
///     headline_list = "fotaq_heldout_3s"
///     out_of_distribution_lists = ["ood_drascula_es_3s", "ood_asterisk_gsm_3s"]
///     score_seconds = 8                 # guess, until measured
///     [common.schedule]                 # settings of `train`, in their sections
///     max_steps = 600
///     [networks.ecapa_tdnn]
///     steps_per_second = 14             # guess, until measured
///     [networks.ecapa_tdnn.model]
///     channels = 32
///     [optimizers.adabreg]
///     [combinations.resnet34-adabreg.sparsity]
///     alpha = 0.25
///     [variants.adaptive.sparsity]
///     law = "paper"
///     [variants.fixed]
///     oracle = true                     # lambda comes from an [[oracles]] block
///     [[sweeps]]                        # network, optimizer, variant, target, learning_rates,
///     weight_decays,
///                                       # applies_to, seed
///     [[oracles]]                       # networks, optimizers, variant, targets, runs, tolerance, seed
///     [[runs]]                          # the product of its lists
///     networks = ["ecapa_tdnn"]
///     optimizers = ["adabreg"]
///     targets = [0.75, 0.9]             # left out for dense runs
///     variants = ["adaptive"]
///     seeds = [1]
///     held_out_actors = ["", "a,b"]   # folds, the empty one as the lists have it; may be left out
///
/// A block of [[sweeps]] or [[oracles]] may end in tables of settings, such as [oracles.schedule], for its
/// runs only. A run's settings are the defaults, overwritten by common, network, optimizer, their
/// combination, variant, block, then target and seed.
///
/// Throws std::invalid_argument, one sentence with file, name and remedy: no TOML; a name that is not known,
/// with the nearest one; a list that is empty; a run that is listed twice; a sparse run without target; a
/// variant with `oracle = true` whose network, optimizer and target no oracle block has; settings that
/// `train` would refuse.
grid read_grid(const std::string& toml_text, const std::string& where);

/// The same from a file. Throws std::runtime_error when it cannot be read.
grid read_grid_file(const std::filesystem::path& path);

/// The name of a run, from what distinguishes it.
std::string name_of(const planned_run& run);

/// A run of the sweep with this rate and decay.
planned_run candidate_of(const sweep& which, double learning_rate, double weight_decay);

/// The run of an oracle search at this lambda.
planned_run trial_of(const oracle_search& search, double lambda);

/// `value` in the fewest digits that read back to it.
std::string shortest_text(double value);

} // namespace speaker_verification
