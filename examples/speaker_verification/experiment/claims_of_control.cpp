// C1, C2, C3, C8: reaching the target, lambda, early convergence, late oscillation.
#include "speaker_verification/experiment/judging.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>
#include <cmath>

namespace speaker_verification {

namespace {

constexpr double two_orders_of_magnitude = 100;
constexpr double oscillating_target = .95;

/// The lambdas of both optimizers at one target of one network.
struct lambda_pair {
    double adabreg, linbreg;
    bool from_oracles;
};

/// Geometric mean over seeds of where the law ended.
std::optional<double> final_lambda(const std::vector<const run_record*>& runs) {
    double sum = 0;
    for (const auto* run : runs) {
        const auto lambda = run->lambda();
        if (!lambda || !(*lambda > 0)) return std::nullopt;
        sum += std::log(*lambda);
    }
    if (runs.empty()) return std::nullopt;
    return std::exp(sum / double(runs.size()));
}

std::optional<lambda_pair> lambdas_at(const experiment_results& results, const std::string& network, double target,
                                      claim& judged) {
    const auto of_adabreg = oracle_lambda(results, network, "adabreg", target);
    const auto of_linbreg = oracle_lambda(results, network, "linbreg", target);
    if (of_adabreg && of_linbreg) return lambda_pair{*of_adabreg, *of_linbreg, true};
    const auto adabreg = results.where({network, "adabreg", variants::adaptive, target});
    const auto linbreg = results.where({network, "linbreg", variants::adaptive, target});
    const auto a = final_lambda(adabreg), l = final_lambda(linbreg);
    if (!a || !l) return std::nullopt;
    note_evidence(judged, adabreg);
    note_evidence(judged, linbreg);
    return lambda_pair{*a, *l, false};
}

} // namespace

claim judge_targets(const experiment_results& results) {
    claim judged{"C1", "Every target .75, .90, .95, .99 is reached within 1 % by both optimizers on both networks"};
    double worst = 0;
    std::size_t present = 0, all = 0, runs = 0;
    std::string missing, missed;
    for (const auto& network : paper_networks) {
        for (const auto& optimizer : paper_optimizers) {
            for (const double target : paper_targets) {
                ++all;
                const auto found = results.where({network, optimizer, variants::adaptive, target});
                const auto name = optimizer + " at " + shortest_text(target) + " on " + network;
                if (found.empty())
                    missing += (missing.empty() ? "" : ", ") + name;
                else
                    ++present;
                for (const auto* run : found) {
                    const double error = std::abs(run->sparsity() - target);
                    worst = std::max(worst, error);
                    ++runs;
                    judged.details[run->plan.name] = run->sparsity();
                    if (error > target_tolerance) {
                        missed += (missed.empty() ? "" : ", ") + name + formatted(" (%.4f)", run->sparsity());
                    }
                }
                note_evidence(judged, found);
            }
        }
    }
    judged.measured = runs == 0
                          ? nothing_measured
                          : formatted("largest |s - s*| %.4f over %zu of %zu combinations, ", worst, present, all) +
                                counted(runs, "run");
    if (runs > 0) judged.number = measured_mean{worst, {}, runs};
    judged.unit = "largest |s - s*|";
    if (!missed.empty()) {
        judged.decided = verdict::does_not_hold;
        judged.reason = "missed by " + missed;
    } else if (!missing.empty()) {
        judged.reason = "not run: " + missing;
    } else {
        judged.decided = verdict::holds;
        judged.reason = "all combinations were run and all lie within .01";
    }
    return judged;
}

claim judge_lambda_ratio(const experiment_results& results) {
    claim judged{"C2", "The same sparsity needs lambdas two orders of magnitude apart: AdaBreg's over LinBreg's"};
    std::vector<double> logarithms;
    bool oracles = true;
    for (const auto& network : paper_networks) {
        for (const double target : paper_targets) {
            const auto found = lambdas_at(results, network, target, judged);
            if (!found) continue;
            oracles = oracles && found->from_oracles;
            logarithms.push_back(std::log10(found->adabreg / found->linbreg));
            judged.details[network + " " + shortest_text(target)] = {
                {"adabreg", found->adabreg}, {"linbreg", found->linbreg}, {"from_oracles", found->from_oracles}};
        }
    }
    judged.unit = "log10 of the ratio";
    if (logarithms.empty()) {
        judged.measured = nothing_measured;
        judged.reason = "no target has a lambda of both optimizers";
        return judged;
    }
    judged.number = mean_with_interval(logarithms);
    judged.measured = formatted("ratio %.3g, geometric mean over ", std::pow(10, judged.number->mean)) +
                      counted(logarithms.size(), "pair") + " of network and target" +
                      (oracles ? " (oracles)" : " (where the law ended, or oracles)");
    const double least = std::log10(two_orders_of_magnitude);
    judge_by_interval(judged, {least, least, false}, "the mean");
    return judged;
}

claim judge_early_convergence(const experiment_results& results) {
    claim judged{"C3", "The adaptive lambda converges faster early on than the fixed one that an oracle tuned"};
    std::vector<double> differences;
    std::vector<run_pair> used;
    const auto tuned = adaptive_and_oracle(results);
    for (const auto& pair : tuned.pairs) {
        const bool by_validation = early_accuracy(*pair.a, true) && early_accuracy(*pair.b, true);
        const auto a = early_accuracy(*pair.a, by_validation), b = early_accuracy(*pair.b, by_validation);
        if (!a || !b) continue;
        differences.push_back(100 * (*a - *b));
        used.push_back(pair);
        judged.details[pair.a->plan.name] = {{"adaptive", *a}, {"fixed", *b}};
    }
    note_evidence(judged, used);
    judged.unit = "points of accuracy";
    if (used.empty()) {
        judged.measured = nothing_measured + tuned.remark;
        judged.reason =
            "there is no adaptive run with a tuned fixed one of the same network, optimizer, target and seed";
        return judged;
    }
    judged.number = mean_with_interval(differences);
    judged.measured =
        "accuracy over the first third of the steps, adaptive minus fixed: " + text_of(*judged.number, 1, 2) +
        " points over " + counted(used.size(), "pair") + tuned.remark;
    judge_over_seeds(judged, {0, 0, false}, "the difference");
    return judged;
}

claim judge_oscillation(const experiment_results& results) {
    claim judged{"C8", "ResNet34 at 95 % oscillates late in training"};
    bool somewhere = false, everywhere_known = true;
    std::string sentence;
    const auto look = [&](const std::vector<const run_record*>& runs, const std::string& name) {
        if (runs.empty()) return;
        std::size_t oscillating = 0;
        double widest = 0;
        for (const auto* run : runs) {
            const auto seen = late_oscillation(*run);
            oscillating += seen.oscillates() ? 1 : 0;
            widest = std::max(widest, seen.highest - seen.lowest);
            judged.details[run->plan.name] = {
                {"crossings", seen.crossings}, {"highest", seen.highest}, {"lowest", seen.lowest}};
        }
        somewhere = somewhere || oscillating == runs.size();
        note_evidence(judged, runs);
        sentence += (sentence.empty() ? "" : "; ") + name + ": " + std::to_string(oscillating) + " of " +
                    counted(runs.size(), "run") + formatted(" oscillate, s - s* spans at most %.4f", widest);
    };
    for (const auto& optimizer : paper_optimizers) {
        const auto runs = results.where({"resnet34", optimizer, variants::adaptive, oscillating_target});
        everywhere_known = everywhere_known && !runs.empty();
        look(runs, optimizer);
        // Phantoms stand for the thousands of classes of a large corpus, of which a batch shows few.
        look(results.where({"resnet34", optimizer, variants::phantoms, oscillating_target}),
             optimizer + " with phantom speakers");
    }
    judged.measured = sentence.empty() ? nothing_measured : "last quarter, " + sentence;
    if (somewhere) {
        judged.decided = verdict::holds;
        judged.reason = "every seed of at least one optimizer oscillates";
    } else if (everywhere_known) {
        judged.decided = verdict::does_not_hold;
        judged.reason = "with neither optimizer does every seed oscillate";
    } else {
        judged.reason = "resnet34 at .95 was not run with both optimizers";
    }
    return judged;
}

} // namespace speaker_verification
