// Figures 3, 4, 5, 7, 8, 9, 10: convergence, EER against sparsity, layers, norms.
#include "speaker_verification/experiment/figure_parts.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <map>

namespace speaker_verification {

namespace {

const examples::plot_axis accuracy_axis{"accuracy on held-out utterances", false, 0, 1};

/// A way of training, as the comparisons name it.
struct method {
    std::string name, optimizer;
    const char* variant;
    bool has_target = true;
};

const std::vector<method> methods = {
    {"AdaBreg, adaptive", "adabreg", variants::adaptive},  {"LinBreg, adaptive", "linbreg", variants::adaptive},
    {"AdaBreg, fixed lambda", "adabreg", variants::fixed}, {"LinBreg, fixed lambda", "linbreg", variants::fixed},
    {"gradual pruning", "adamw", variants::gradual},       {"dense AdamW", "adamw", variants::dense, false}};

std::vector<named_run> runs_of_methods(const experiment_results& results, const std::string& network) {
    std::vector<named_run> runs;
    const auto target = reference_target(results, network);
    for (const auto& each : methods) {
        if (each.has_target && !target) continue;
        add_first(runs, results, each.name,
                  {network, each.optimizer, each.variant, each.has_target ? target : std::nullopt});
    }
    return runs;
}

std::string at_reference(const experiment_results& results, const std::string& network) {
    const auto target = reference_target(results, network);
    return printed_network(network) + (target ? ", target " + shortest_text(*target) : "");
}

experiment_figure convergence(const experiment_results& results, int number, const std::string& network) {
    const auto where = at_reference(results, network);
    return curves_over_training({number,
                                 formatted("fig%02d", number),
                                 "Accuracy on held-out utterances of the training speakers: " + where + ".",
                                 "convergence: " + where,
                                 "validation_accuracy",
                                 accuracy_axis,
                                 true,
                                 {},
                                 "there is no run of " + network + " with validations"},
                                runs_of_methods(results, network));
}

/// One point for each target of a method, over the share of weights that are left.
examples::plot_series eer_points(const experiment_results& results, const std::string& network, const method& each) {
    examples::plot_series points;
    points.name = each.name;
    points.style = examples::plot_style::error_bars;
    std::map<double, std::vector<const run_record*>> by_target;
    for (const auto* run : results.where({network, each.optimizer, each.variant, {}})) {
        by_target[run->plan.target.value_or(0)].push_back(run);
    }
    for (const auto& [target, runs] : by_target) {
        const auto eer = results.mean_eer(runs, results.headline_list);
        if (!eer) continue;
        double sparsity = 0;
        for (const auto* run : runs) sparsity += run->sparsity() / double(runs.size());
        points.x.push_back(1 - sparsity);
        points.y.push_back(100 * eer->mean);
        points.low.push_back(100 * (eer->range ? eer->range->low : eer->mean));
        points.high.push_back(100 * (eer->range ? eer->range->high : eer->mean));
    }
    return points;
}

experiment_figure eer_against_sparsity(const experiment_results& results, int number, const std::string& network) {
    const auto title = "EER against sparsity: " + printed_network(network);
    experiment_figure figure{number, formatted("fig%02d", number),
                             title + ", list " + results.headline_list +
                                 ", mean over seeds with 90 % intervals over speakers and seeds. The "
                                 "densest network is on the right."};
    examples::figure picture;
    picture.title = title;
    picture.x = {"share of weights left, 1 - s", true, .007, 1.4}; // no point lies on the frame
    picture.y = {"EER, %", false, {}, {}};
    for (const auto& each : methods) {
        auto points = eer_points(results, network, each);
        if (!points.x.empty()) picture.series.push_back(std::move(points));
    }
    if (picture.series.empty()) {
        figure.missing = "no run of " + network + " was scored on " + results.headline_list;
    } else {
        figure.picture = std::move(picture);
    }
    return figure;
}

experiment_figure layers(const experiment_results& results, int number, const std::string& network) {
    const auto where = at_reference(results, network);
    experiment_figure figure{number, formatted("fig%02d", number),
                             "Sparsity of each regularized tensor, from the input to the classifier head: " + where +
                                 ". Their names are in the table of layers."};
    examples::figure picture;
    picture.title = "layer-wise sparsity: " + where;
    picture.x.label = "layer";
    picture.y = {"sparsity", false, 0, 1};
    for (const auto& [name, run] : runs_of_methods(results, network)) {
        examples::plot_series series{name, {}, {}, examples::plot_style::line_with_points};
        for (const auto& layer : layers_of(*run)) {
            series.x.push_back(double(series.x.size()) + 1);
            series.y.push_back(layer.sparsity);
        }
        if (!series.x.empty() && run->plan.variant != variants::dense) picture.series.push_back(std::move(series));
    }
    if (picture.series.empty()) {
        figure.missing = "no run of " + network + " lists its layers";
    } else {
        figure.picture = std::move(picture);
    }
    return figure;
}

experiment_figure norms(const experiment_results& results, const std::string& which) {
    const auto network = first_network([&](const auto& each) { return !runs_of_methods(results, each).empty(); });
    const auto where = at_reference(results, network);
    const examples::plot_axis axis{which + " norm", true, {}, {}};
    return curves_over_training({9,
                                 "fig09_" + which,
                                 "The " + which + " norm of all regularized weights: " + where + ".",
                                 which + " norm: " + where,
                                 which + "_norm",
                                 axis,
                                 false,
                                 {},
                                 "no run has norms in its log"},
                                runs_of_methods(results, network));
}

} // namespace

std::vector<experiment_figure> figures_of_quality(const experiment_results& results) {
    return {convergence(results, 3, "ecapa_tdnn"),
            eer_against_sparsity(results, 4, "ecapa_tdnn"),
            layers(results, 5, "ecapa_tdnn"),
            convergence(results, 7, "resnet34"),
            eer_against_sparsity(results, 8, "resnet34"),
            norms(results, "l1"),
            norms(results, "l2"),
            layers(results, 10, "resnet34")};
}

} // namespace speaker_verification
