#include "speaker_verification/experiment/figure_parts.hpp"

#include "speaker_verification/experiment/measures.hpp"

#include <algorithm>
#include <limits>

namespace speaker_verification {

namespace {

constexpr std::size_t colours = 7;

examples::plot_series series_of(const named_run& named, const curves_request& asked) {
    const auto all = curve_of(asked.validation ? named.run->validation : named.run->training, asked.field);
    examples::plot_series series{named.name, all.x, all.y,
                                 asked.validation ? examples::plot_style::line_with_points
                                                  : examples::plot_style::line};
    if (asked.y.logarithmic) {
        for (double& y : series.y) {
            if (!(y > 0)) y = std::numeric_limits<double>::quiet_NaN();
        }
    }
    return series;
}

} // namespace

void add_first(std::vector<named_run>& runs, const experiment_results& results, const std::string& name,
               const run_filter& filter) {
    const auto found = results.where(filter);
    if (!found.empty()) runs.push_back({name, found.front()});
}

examples::plot_axis sparsity_axis(const std::vector<examples::plot_series>& series,
                                  const std::vector<examples::reference_line>& references) {
    double lowest = 1;
    for (const auto& each : series) {
        for (const double s : each.y) lowest = std::min(lowest, s);
    }
    for (const auto& line : references) lowest = std::min(lowest, line.y);
    return {"sparsity s", false, std::max(0., lowest - .02), 1};
}

experiment_figure curves_over_training(const curves_request& asked, const std::vector<named_run>& runs) {
    experiment_figure figure{asked.number, asked.name, asked.caption};
    examples::figure picture;
    picture.title = asked.title;
    picture.x.label = "step";
    picture.y = asked.y;
    picture.references = asked.references;
    for (const auto& named : spread(runs, colours)) {
        auto series = series_of(named, asked);
        if (!series.x.empty()) picture.series.push_back(std::move(series));
    }
    if (picture.series.empty()) {
        figure.missing = asked.missing;
    } else {
        if (asked.field == "sparsity") picture.y = sparsity_axis(picture.series, picture.references);
        figure.picture = std::move(picture);
    }
    return figure;
}

std::vector<double> targets_of(const experiment_results& results, const std::string& network,
                               const std::string& optimizer) {
    std::vector<double> targets;
    for (const auto* run : results.where({network, optimizer, variants::adaptive, {}})) {
        if (run->plan.target) targets.push_back(*run->plan.target);
    }
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    return targets;
}

std::optional<double> reference_target(const experiment_results& results, const std::string& network) {
    std::vector<double> targets;
    for (const auto& optimizer : paper_optimizers) {
        const auto more = targets_of(results, network, optimizer);
        targets.insert(targets.end(), more.begin(), more.end());
    }
    if (targets.empty()) return std::nullopt;
    std::sort(targets.begin(), targets.end());
    if (std::find(targets.begin(), targets.end(), .9) != targets.end()) return .9;
    return targets[targets.size() / 2];
}

std::string printed_network(const std::string& network) {
    return network == "ecapa_tdnn" ? "ECAPA-TDNN" : network == "resnet34" ? "ResNet34" : network;
}

std::string printed_optimizer(const std::string& optimizer) {
    return optimizer == "adabreg" ? "AdaBreg" : optimizer == "linbreg" ? "LinBreg" : optimizer;
}

std::vector<experiment_figure> figures_of(const experiment_results& results) {
    auto figures = figures_of_control(results);
    for (const auto& more : {figures_of_quality(results), figures_of_variants(results)}) {
        figures.insert(figures.end(), more.begin(), more.end());
    }
    std::stable_sort(figures.begin(), figures.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    return figures;
}

void draw_figures(const std::vector<experiment_figure>& figures, const std::filesystem::path& folder) {
    for (const auto& each : figures) {
        if (each.picture) examples::write_figure(*each.picture, folder / each.name);
    }
}

} // namespace speaker_verification
