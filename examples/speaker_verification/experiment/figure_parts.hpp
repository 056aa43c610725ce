#pragma once
/// What the figures are put together from.
#include "speaker_verification/experiment/experiment_figures.hpp"

#include <algorithm>

namespace speaker_verification {

/// A run and what the legend calls it.
struct named_run {
    std::string name;
    const run_record* run;
};

/// The first run that the filter admits; nothing is added when there is none.
void add_first(std::vector<named_run>& runs, const experiment_results& results, const std::string& name,
               const run_filter& filter);

/// At most `count` of the elements, evenly, with both ends.
template <class Element>
std::vector<Element> spread(const std::vector<Element>& all, std::size_t count) {
    if (all.size() <= count) return all;
    std::vector<Element> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * (all.size() - 1) / (count - 1)]);
    return chosen;
}

/// The first of the paper's networks for which `has_runs(network)` holds, else the first of all.
template <class Condition>
std::string first_network(Condition&& has_runs) {
    const auto found = std::find_if(paper_networks.begin(), paper_networks.end(), has_runs);
    return found == paper_networks.end() ? paper_networks.front() : *found;
}

/// A field of the log over the steps, one curve a run. The lines are those of validations or of training.
/// Without any curve the figure has no picture, and `missing` says what it would need.
struct curves_request {
    int number;
    std::string name, caption, title, field;
    examples::plot_axis y = {}; ///< of `sparsity` it is sparsity_axis
    bool validation = false;
    std::vector<examples::reference_line> references = {};
    std::string missing = "it needs runs that are not there";
};
experiment_figure curves_over_training(const curves_request& asked, const std::vector<named_run>& runs);

/// From just below the lowest value to 1: what matters lies near the targets.
examples::plot_axis sparsity_axis(const std::vector<examples::plot_series>& series,
                                  const std::vector<examples::reference_line>& references);

/// The targets of adaptive runs of this network and optimizer, rising.
std::vector<double> targets_of(const experiment_results& results, const std::string& network,
                               const std::string& optimizer);

/// .9 where it was run, else the target in the middle; nullopt without any.
std::optional<double> reference_target(const experiment_results& results, const std::string& network);

/// "ECAPA-TDNN", "ResNet34", or the name itself.
std::string printed_network(const std::string& network);
/// "AdaBreg", "LinBreg", or the name itself.
std::string printed_optimizer(const std::string& optimizer);

std::vector<experiment_figure> figures_of_control(const experiment_results& results);  // 1, 2, 6, 11
std::vector<experiment_figure> figures_of_quality(const experiment_results& results);  // 3, 4, 5, 7, 8, 9, 10
std::vector<experiment_figure> figures_of_variants(const experiment_results& results); // 12 to 15

} // namespace speaker_verification
