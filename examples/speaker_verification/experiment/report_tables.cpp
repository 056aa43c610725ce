#include "speaker_verification/experiment/report_tables.hpp"

#include "speaker_verification/experiment/comparisons.hpp"
#include "speaker_verification/experiment/figure_parts.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>
#include <cmath>

namespace speaker_verification {

namespace {

/// Runs that differ in seed and fold only, in the order of their first.
std::vector<std::vector<const run_record*>> replicates(const experiment_results& results) {
    std::vector<std::vector<const run_record*>> groups;
    for (const auto& run : results.runs) {
        const auto same = [&](const auto& group) {
            const auto& other = group.front()->plan;
            return other.network == run.plan.network && other.optimizer == run.plan.optimizer &&
                   other.variant == run.plan.variant && other.target == run.plan.target;
        };
        const auto found = std::find_if(groups.begin(), groups.end(), same);
        if (found == groups.end()) {
            groups.push_back({&run});
        } else {
            found->push_back(&run);
        }
    }
    return groups;
}

template <class Number>
measured_mean over(const std::vector<const run_record*>& runs, Number&& number) {
    std::vector<double> values;
    for (const auto* run : runs) values.push_back(number(*run));
    return mean_with_interval(values);
}

std::string target_text(const planned_run& run) { return run.target ? shortest_text(*run.target) : "-"; }

std::string lambda_text(const std::vector<const run_record*>& runs) {
    double sum = 0;
    for (const auto* run : runs) {
        const auto lambda = run->lambda();
        if (!lambda || !(*lambda > 0)) return "-";
        sum += std::log(*lambda);
    }
    return formatted("%.4g", std::exp(sum / double(runs.size())));
}

std::vector<std::string> lists_of(const experiment_results& results) {
    std::vector<std::string> lists{results.headline_list};
    lists.insert(lists.end(), results.out_of_distribution_lists.begin(), results.out_of_distribution_lists.end());
    return lists;
}

} // namespace

table methods_table(const experiment_results& results) {
    table made{{"network", "optimizer", "variant", "target", "runs", "sparsity", "lambda"}, {}};
    for (const auto& list : lists_of(results)) made.columns.push_back("EER %, " + list);
    made.columns.emplace_back("closed-set accuracy %");
    for (const auto& runs : replicates(results)) {
        const auto& plan = runs.front()->plan;
        std::vector<std::string> row{plan.network,
                                     plan.optimizer,
                                     plan.variant,
                                     target_text(plan),
                                     std::to_string(runs.size()),
                                     formatted("%.4f", over(runs, [](const auto& run) { return run.sparsity(); }).mean),
                                     lambda_text(runs)};
        for (const auto& list : lists_of(results)) row.push_back(text_of(results.mean_eer(runs, list), 100));
        row.push_back(text_of(over(runs, [](const auto& run) { return run.closed_set_accuracy(); }), 100));
        made.rows.push_back(std::move(row));
    }
    return made;
}

table differences_table(const experiment_results& results) {
    table made{{"network", "optimizer", "target", "adaptive minus", "pairs"}, {}};
    const auto lists = lists_of(results);
    for (const auto& list : lists) made.columns.push_back("EER points, " + list);
    for (const char* column : {"closed-set accuracy points", "EER decides for", "accuracy decides for"})
        made.columns.emplace_back(column);
    for (const auto& each : comparisons_of(results)) {
        const bool measured = !each.pairs.empty();
        auto pairs = std::to_string(each.pairs.size());
        if (each.left_out) pairs += formatted(", %zu off its target left out", each.left_out);
        auto other = each.other_variant;
        if (each.other_optimizer != each.optimizer) other = each.other_optimizer + ", " + other;
        std::vector<std::string> row{each.network, each.optimizer, shortest_text(each.target), other, pairs};
        for (const auto& list : lists) {
            const auto found = each.eer.find(list);
            row.push_back(found == each.eer.end() ? "-" : text_of(found->second, 100));
        }
        row.push_back(measured ? text_of(each.accuracy, 100) : "-");
        for (const auto decided : {each.by_eer, each.by_accuracy})
            row.emplace_back(decided == winner::paper ? "adaptive" : decided == winner::other ? other : "neither");
        made.rows.push_back(std::move(row));
    }
    return made;
}

table runs_table(const experiment_results& results) {
    table made{{"run", "sparsity", "lambda", "steps", "training, s", "steps/s", "scoring, s", "waited %",
                "EER %, " + results.headline_list, "closed-set accuracy %"},
               {}};
    const auto add = [&](const run_record& run) {
        const double seconds = run.training_seconds();
        const auto eer = run.eer(results.headline_list);
        made.rows.push_back(
            {run.plan.name, formatted("%.4f", run.sparsity()), lambda_text({&run}), std::to_string(run.steps()),
             formatted("%.1f", seconds), seconds > 0 ? formatted("%.1f", double(run.steps()) / seconds) : "-",
             formatted("%.1f", run.score_seconds), formatted("%.2f", 100 * run.waited()),
             eer ? formatted("%.1f", 100 * *eer) : "-", formatted("%.1f", 100 * run.closed_set_accuracy())});
    };
    for (const auto& run : results.searched) add(run);
    for (const auto& run : results.runs) add(run);
    return made;
}

table sweeps_table(const std::vector<sweep_outcome>& sweeps) {
    table made{{"network", "optimizer", "variant", "learning rate", "weight decay", "validation accuracy %", "chosen"},
               {}};
    for (const auto& outcome : sweeps) {
        for (std::size_t i = 0; i < outcome.candidates.size(); ++i) {
            const auto& run = outcome.candidates[i];
            const auto& result = outcome.results[i];
            made.rows.push_back({run.network, run.optimizer, run.variant,
                                 shortest_text(run.all.optimizer.learning_rate),
                                 shortest_text(run.all.optimizer.weight_decay),
                                 result ? formatted("%.2f", 100 * result->validation_accuracy) : "-",
                                 outcome.winner == i ? "yes" : ""});
        }
    }
    return made;
}

table layers_table(const experiment_results& results, const std::string& network) {
    table made{{"layer", "tensor", "weights"}, {}};
    const auto target = reference_target(results, network);
    std::vector<std::vector<layer_sparsity>> columns;
    const auto add = [&](const std::string& name, const std::string& optimizer, const char* variant) {
        const auto runs = results.where({network, optimizer, variant, target});
        if (runs.empty()) return;
        auto layers = layers_of(*runs.front());
        if (layers.empty() || (!columns.empty() && layers.size() != columns.front().size())) return;
        made.columns.push_back(name);
        columns.push_back(std::move(layers));
    };
    for (const auto& optimizer : paper_optimizers) add(printed_optimizer(optimizer), optimizer, variants::adaptive);
    add("gradual pruning", "adamw", variants::gradual);
    if (columns.empty()) return made;
    for (std::size_t i = 0; i < columns.front().size(); ++i) {
        const auto& layer = columns.front()[i];
        std::vector<std::string> row{std::to_string(i + 1), layer.name, formatted("%.0f", layer.size)};
        for (const auto& column : columns) row.push_back(formatted("%.4f", column[i].sparsity));
        made.rows.push_back(std::move(row));
    }
    return made;
}

table deviations_table(const experiment_results& results) {
    table made{{"setting", "the paper's experiments", "here"}, {}};
    const auto row = [&](const std::string& name, const std::string& paper, const std::string& here) {
        made.rows.push_back({name, paper, here});
    };
    for (const auto& network : paper_networks) {
        const auto runs = results.where({network, {}, variants::adaptive, {}});
        if (runs.empty()) continue;
        const auto& all = runs.front()->plan.all;
        const auto named = [&](const char* what) { return printed_network(network) + ", " + what; };
        const bool ecapa = network == "ecapa_tdnn";
        row(named("width"), ecapa ? "1024 channels" : "32 channels in the first stage",
            std::to_string(ecapa ? all.model.channels : all.model.stage_channels));
        row(named("embedding"), ecapa ? "192" : "256", std::to_string(all.model.embedding));
        row(named("features"), "80 log-mels", std::to_string(all.features.bands) + " log-mels");
        row(named("batch"), "128", std::to_string(all.batches.batch_size));
        row(named("crops"), "3 s",
            shortest_text(.01 * double(all.batches.shortest_crop)) + " to " +
                shortest_text(.01 * double(all.batches.longest_crop)) + " s");
        row(named("steps"), "whole epochs of VoxCeleb or CN-Celeb", std::to_string(all.schedule.max_steps));
        row(named("rate schedule"), "constant, times .25 on a plateau (patience 2)", all.schedule.schedule);
        row(named("lambda changes every"), "50 steps", std::to_string(all.sparsity.every) + " steps");
        row(named("alpha"), ecapa ? "1" : "1; 0.25 with AdaBreg", shortest_text(all.sparsity.alpha));
        row(named("gentle zone"), "0.005", shortest_text(all.sparsity.zone));
    }
    return made;
}

} // namespace speaker_verification
