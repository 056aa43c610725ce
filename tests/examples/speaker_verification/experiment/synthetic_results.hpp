#pragma once
// Finished runs made up from a few numbers, for claims, tables and figures.
#include "speaker_verification/experiment/results.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace speaker_verification {

/// What a synthetic run shows. Training has 400 steps.
struct synthetic_run {
    std::string network, optimizer, variant;
    std::optional<double> target{};
    std::int64_t seed = 1;
    double sparsity = 0;
    double lambda = 1;
    double accuracy = .9; ///< at the end; it grows in proportion to step^(1/swiftness)
    double swiftness = 2;
    double eer = .2, eer_elsewhere = .2; ///< on the headline list, and out of distribution
    double norm = 10;
    double swing = 0;       ///< of s around the target, back and forth at every line
    double first_layer = 0; ///< sparsity of the first of two layers, of 100 weights each
};

inline run_record record_of(const synthetic_run& run) {
    planned_run plan{{}, run.network, run.optimizer, run.variant, run.target, run.seed, 0, false, {}};
    plan.name = name_of(plan);
    plan.all.sparsity.lambda = run.lambda;
    if (run.variant == variants::fixed) plan.all.sparsity.law = "fixed";
    const auto list = [&](double eer) {
        return nlohmann::json{{"eer", eer}, {"eer_low", eer - .05}, {"eer_high", eer + .05}};
    };
    run_record record{plan,
                      {{"network", {{"sparsity", run.sparsity}, {"parameters", 1000}}},
                       {"steps", 400},
                       {"seconds", 40.0},
                       {"closed_set", {{"accuracy", run.accuracy}}},
                       {"lists", {{"headline", list(run.eer)}, {"elsewhere", list(run.eer_elsewhere)}}}},
                      {},
                      {},
                      5};
    if (run.target && run.optimizer != "adamw") record.score["lambda"] = run.lambda;
    for (int step = 10; step <= 400; step += 10) {
        const double accuracy = run.accuracy * std::pow(step / 400.0, 1 / run.swiftness);
        const double swing = step / 10 % 2 == 0 ? run.swing : -run.swing;
        record.training.push_back({{"step", step},
                                   {"seconds", step / 10.0},
                                   {"loss", 4 - 3 * accuracy},
                                   {"accuracy", accuracy},
                                   {"lambda", run.lambda},
                                   {"sparsity", run.sparsity + swing},
                                   {"l1_norm", 3 * run.norm},
                                   {"l2_norm", run.norm},
                                   {"waited", .02}});
        if (step % 40 != 0) continue;
        record.validation.push_back({{"step", step}, {"validation_accuracy", accuracy}});
    }
    const double second = std::clamp(2 * run.sparsity - run.first_layer, 0.0, 1.0);
    record.validation.back()["layers"] = {
        {{"name", "first"}, {"role", "convolution"}, {"size", 100}, {"nonzeros", 100 * (1 - run.first_layer)}},
        {{"name", "second"}, {"role", "linear"}, {"size", 100}, {"nonzeros", 100 * (1 - second)}}};
    return record;
}

/// A whole experiment in which every claim holds, three seeds, except for what `change` does to each run.
/// Runs for which it returns false are left out.
inline experiment_results synthetic_experiment(const std::function<bool(synthetic_run&)>& change = {}) {
    experiment_results results;
    results.headline_list = "headline";
    results.out_of_distribution_lists = {"elsewhere"};
    const auto add = [&](synthetic_run run) {
        if (!change || change(run)) results.runs.push_back(record_of(run));
    };
    for (const std::int64_t seed : {1, 2, 3}) {
        const double noise = .001 * double(seed); // no two runs are equal
        for (const auto& network : paper_networks) {
            add({network, "adamw", variants::dense, {}, seed, 0, 1, .9, 2, .2 + noise, .3 + noise, 10});
            for (const double target : paper_targets) {
                add({network, "adamw", variants::gradual, target, seed, target, 1, .9, 2, .2, .2, 10, 0, target});
                for (const auto& optimizer : paper_optimizers) {
                    const double lambda = optimizer == "adabreg" ? 8 : .02;
                    const double swing = network == "resnet34" && target == .95 ? .02 : 0;
                    add({network, optimizer, variants::adaptive, target, seed, target + noise, lambda, .9 + noise, 4,
                         .2 + noise, .2 + noise, 10, swing, target - .1});
                    add({network, optimizer, variants::fixed, target, seed, target, lambda, .9, 2, .2, .25, 10});
                }
            }
        }
        for (const auto& optimizer : paper_optimizers) {
            const bool adabreg = optimizer == "adabreg";
            add({"ecapa_tdnn", optimizer, "prox_rescaled", .95, seed, .95, 1, .9, 2, .2, .2, adabreg ? 5.0 : 500.0});
            add({"ecapa_tdnn", optimizer, "ratio_with_clip", .95, seed, adabreg ? .8 : .95, adabreg ? 1e3 : .03});
            add({"ecapa_tdnn", optimizer, "predictive", .95, seed, .95});
        }
    }
    return results;
}

} // namespace speaker_verification
