#pragma once
/// The paper's claims C1 to C10, each beside what was measured.
#include "speaker_verification/experiment/results.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace speaker_verification {

enum class verdict { holds, does_not_hold, not_decided };

/// "holds", "does not hold", "not decided".
const char* in_words(verdict decided);

struct claim {
    std::string id, statement;
    std::string measured{}; ///< one sentence with the numbers
    std::string reason{};   ///< why the verdict is what it is, one sentence
    verdict decided = verdict::not_decided;
    std::optional<measured_mean> number{}; ///< the one the verdict rests on, if there is one
    std::string unit{};                    ///< of that number
    std::vector<const run_record*> evidence{};
    nlohmann::json details = nlohmann::json::object(); ///< what the sentence sums up
};

/// All ten, in order. What counts as what is fixed here, before anything is measured:
///
/// * C1, each target reached: |s - s*| <= .01 at the end, for both networks, optimizers and all four targets.
/// * C2, lambdas two orders of magnitude apart: lambda of AdaBreg over that of LinBreg for the same network
/// and target,
///   oracle lambdas where both are known, else where the law ended; geometric mean at least 100.
/// * C3, faster early convergence: mean validation accuracy over the first third of the steps, adaptive minus
/// fixed,
///   paired by network, optimizer, target and seed.
/// * C4, final EER equal or better: EER on the headline list, adaptive minus fixed, is at most two points
/// with
///   confidence.
/// * C5, robustness out of distribution: EER on the lists out of distribution, adaptive minus dense, is below
/// 0.
/// * C6, theta = prox / lambda: LinBreg's norm grows to ten times the adaptive one, AdaBreg's shrinks below
/// it.
/// * C7, ratio with clip: LinBreg's lambda ends higher; AdaBreg's reaches 99 % of its cap and misses .95 or
/// .99 by more
///   than .01; predictive: reaches its targets within .01.
/// * C8, ResNet34 at .95 oscillates late: in the last quarter of the steps, s crosses the target at least
/// four times
///   with readings more than .0025 off on both sides, in every seed of at least one optimizer, with phantom speakers or
///   without.
/// * C9, layers differ from gradual pruning: mean over weights of the difference of their layers' sparsities
/// is above
///   .02 and above twice what two seeds of one method differ by.
/// * C10, norms stay moderate: the largest l2 norm of an adaptive run is below ten times that of the dense
/// network.
///
/// A counterexample decides a claim about every run (C1, C6, C7, C10) even while others are missing; without
/// one, missing runs leave it not decided. The means of C2 to C5 and C9 are over the pairs that there are,
/// which `sizes` counts; an interval that holds both answers leaves them not decided.
std::vector<claim> judge_claims(const experiment_results& results);

claim judge_targets(const experiment_results& results);
claim judge_lambda_ratio(const experiment_results& results);
claim judge_early_convergence(const experiment_results& results);
claim judge_final_eer(const experiment_results& results);
claim judge_out_of_distribution(const experiment_results& results);
claim judge_prox_rescaled(const experiment_results& results);
claim judge_ratio_rules(const experiment_results& results);
claim judge_oscillation(const experiment_results& results);
claim judge_layers(const experiment_results& results);
claim judge_norms(const experiment_results& results);

/// claims.json: for each claim id, statement, verdict, reason, measured, number with mean, interval (90 %)
/// and unit, sizes (runs, steps, parameters), seeds, details.
nlohmann::json json_of_claims(const std::vector<claim>& claims);

} // namespace speaker_verification
