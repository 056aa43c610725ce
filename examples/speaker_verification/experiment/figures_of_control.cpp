// Figures 1, 2, 6, 11: sparsity and lambda over training.
#include "speaker_verification/experiment/figure_parts.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>

namespace speaker_verification {

namespace {

const examples::plot_axis from_data; ///< see curves_request

/// All runs of the optimizer with a fixed lambda, by growing lambda.
std::vector<named_run> fixed_lambdas(const experiment_results& results, const std::string& network,
                                     const std::string& optimizer) {
    std::vector<named_run> runs;
    const auto add = [&](const run_record& run) {
        const bool fits =
            run.plan.network == network && run.plan.optimizer == optimizer && run.plan.all.sparsity.law == "fixed";
        if (fits) runs.push_back({formatted("lambda %.3g", run.plan.all.sparsity.lambda), &run});
    };
    for (const auto& run : results.searched) add(run);
    for (const auto& run : results.runs) add(run);
    const auto lambda = [](const named_run& each) { return each.run->plan.all.sparsity.lambda; };
    std::stable_sort(runs.begin(), runs.end(), [&](const auto& a, const auto& b) { return lambda(a) < lambda(b); });
    const auto same = [&](const auto& a, const auto& b) { return lambda(a) == lambda(b); };
    runs.erase(std::unique(runs.begin(), runs.end(), same), runs.end());
    return runs;
}

experiment_figure profiles(const experiment_results& results, const std::string& optimizer) {
    const auto network =
        first_network([&](const auto& each) { return !fixed_lambdas(results, each, optimizer).empty(); });
    const auto title = printed_optimizer(optimizer) + " with a fixed lambda, " + printed_network(network);
    return curves_over_training({1,
                                 "fig01_" + optimizer,
                                 "Sparsity over training: " + title + ".",
                                 title,
                                 "sparsity",
                                 from_data,
                                 false,
                                 {},
                                 "no run has a fixed lambda"},
                                fixed_lambdas(results, network, optimizer));
}

experiment_figure adaptive_and_fixed(const experiment_results& results, int number, const std::string& network,
                                     const std::string& optimizer) {
    std::vector<named_run> runs;
    std::vector<examples::reference_line> references;
    const auto targets = spread(targets_of(results, network, optimizer), 4);
    for (const double target : targets) {
        add_first(runs, results, "adaptive " + shortest_text(target), {network, optimizer, variants::adaptive, target});
        references.push_back({"", target});
    }
    std::vector<named_run> fixed;
    for (const double target : targets) {
        add_first(fixed, results, "fixed " + shortest_text(target), {network, optimizer, variants::fixed, target});
    }
    for (const auto& each : spread(fixed, 3)) runs.push_back(each);
    const auto title = printed_optimizer(optimizer) + ", " + printed_network(network);
    return curves_over_training(
        {number, formatted("fig%02d_", number) + optimizer,
         "Sparsity over training with the adaptive and the oracle's fixed lambda: " + title + ". Dashed: the targets.",
         title, "sparsity", from_data, false, references,
         "there is no adaptive run of " + optimizer + " on " + network},
        runs);
}

experiment_figure lambda_and_sparsity(const experiment_results& results, const std::string& optimizer) {
    experiment_figure figure{6, "fig06_" + optimizer, {}};
    for (const auto& network : paper_networks) {
        const auto target = reference_target(results, network);
        if (!target) continue;
        const auto runs = results.where({network, optimizer, variants::adaptive, target});
        if (runs.empty()) continue;
        const auto lambda = curve_of(runs.front()->training, "lambda");
        const auto sparsity = curve_of(runs.front()->training, "sparsity");
        const bool drawable = !lambda.x.empty() && *std::min_element(lambda.y.begin(), lambda.y.end()) > 0;
        if (!drawable || sparsity.x.empty()) continue;
        examples::figure picture;
        picture.title = "lambda and sparsity: " + printed_optimizer(optimizer) + ", " + printed_network(network);
        picture.x.label = "step";
        picture.y = {"lambda", true, {}, {}};
        picture.series = {{"lambda", lambda.x, lambda.y},
                          {"sparsity", sparsity.x, sparsity.y, examples::plot_style::line, true}};
        picture.references = {{"target", *target, true}};
        picture.second_y = sparsity_axis({picture.series.back()}, picture.references);
        figure.caption = picture.title + ", target " + shortest_text(*target) + ".";
        figure.picture = std::move(picture);
        return figure;
    }
    figure.caption = "lambda and sparsity: " + printed_optimizer(optimizer) + ".";
    figure.missing = "there is no adaptive run of " + optimizer + " at the reference target";
    return figure;
}

} // namespace

std::vector<experiment_figure> figures_of_control(const experiment_results& results) {
    std::vector<experiment_figure> figures;
    for (const auto& optimizer : paper_optimizers) {
        figures.push_back(profiles(results, optimizer));
        figures.push_back(adaptive_and_fixed(results, 2, "ecapa_tdnn", optimizer));
        figures.push_back(lambda_and_sparsity(results, optimizer));
        figures.push_back(adaptive_and_fixed(results, 11, "resnet34", optimizer));
    }
    return figures;
}

} // namespace speaker_verification
