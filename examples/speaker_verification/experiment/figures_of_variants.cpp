// Figures 12 to 15: the rules for v when lambda changes.
#include "speaker_verification/experiment/figure_parts.hpp"

#include <algorithm>

namespace speaker_verification {

namespace {

const std::vector<std::string> rules = {"prox_rescaled", "ratio_with_clip", "ratio", "additive", "predictive", "reset"};

/// The runs of every rule beside the adaptive one, all at the network and target of the first; empty without
/// any rule.
std::vector<named_run> runs_of_rules(const experiment_results& results, const std::string& optimizer) {
    const auto found = std::find_if(results.runs.begin(), results.runs.end(), [&](const auto& run) {
        return run.plan.optimizer == optimizer &&
               std::find(rules.begin(), rules.end(), run.plan.variant) != rules.end();
    });
    if (found == results.runs.end()) return {};
    std::vector<named_run> runs;
    const auto add = [&](const std::string& name, const std::string& variant) {
        add_first(runs, results, name, {found->plan.network, optimizer, variant, found->plan.target});
    };
    add("v left alone", variants::adaptive);
    for (const auto& rule : rules) add(rule, rule);
    return runs;
}

} // namespace

std::vector<experiment_figure> figures_of_variants(const experiment_results& results) {
    struct kind {
        int number;
        std::string what, field;
        examples::plot_axis y;
        bool validation;
    };
    const std::vector<kind> kinds = {
        {12, "sparsity", "sparsity", {}, false},
        {13, "lambda", "lambda", {"lambda", true, {}, {}}, false},
        {14, "convergence", "validation_accuracy", {"accuracy on held-out utterances", false, 0, 1}, true},
        {15, "l2 norm", "l2_norm", {"l2 norm", true, {}, {}}, false}};
    std::vector<experiment_figure> figures;
    for (const auto& each : kinds) {
        for (const auto& optimizer : paper_optimizers) {
            const auto runs = runs_of_rules(results, optimizer);
            auto title = each.what + " with the rules for v: " + printed_optimizer(optimizer);
            if (!runs.empty()) title += ", " + printed_network(runs.front().run->plan.network);
            figures.push_back(curves_over_training({each.number,
                                                    "fig" + std::to_string(each.number) + "_" + optimizer,
                                                    title + ".",
                                                    title,
                                                    each.field,
                                                    each.y,
                                                    each.validation,
                                                    {},
                                                    "no rule for v was run with " + optimizer},
                                                   runs));
        }
    }
    return figures;
}

} // namespace speaker_verification
