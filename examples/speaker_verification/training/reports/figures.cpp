#include "speaker_verification/training/reports/figures.hpp"

#include "speaker_verification/training/reports/anchors.hpp"
#include "speaker_verification/training/reports/step_log.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace speaker_verification {

namespace {

using examples::figure;
using examples::plot_axis;
using examples::plot_series;
using examples::plot_style;

/// Step and field of each line that has it.
plot_series series_of(const std::vector<nlohmann::json>& log, const std::string& field, const std::string& name) {
    plot_series series;
    series.name = name;
    for (const auto& line : log) {
        if (!line.contains(field) || !line[field].is_number()) continue;
        series.x.push_back(line["step"]);
        series.y.push_back(line[field]);
    }
    return series;
}

void add_unless_empty(figure& picture, plot_series series, bool second_axis, plot_style style = plot_style::line) {
    if (series.x.empty()) return;
    series.second_axis = second_axis;
    series.style = style;
    picture.series.push_back(std::move(series));
}

/// Lists proper, without their further conditions.
std::vector<std::string> list_names(const nlohmann::json& run) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : run.at("lists").items()) {
        if (name.find('/') == std::string::npos) names.push_back(name);
    }
    return names;
}

plot_series bars_of(const nlohmann::json& run, const std::vector<std::string>& lists) {
    plot_series bars;
    bars.name = run.at("name").get<std::string>() + ", " + run.at("optimizer").get<std::string>();
    bars.style = plot_style::bars;
    for (const auto& list : lists) {
        const auto& report = run.at("lists").at(list);
        bars.y.push_back(100 * report.at("eer").get<double>());
        bars.low.push_back(100 * report.at("eer_low").get<double>());
        bars.high.push_back(100 * report.at("eer_high").get<double>());
    }
    return bars;
}

} // namespace

figure lambda_figure(const std::vector<nlohmann::json>& log) {
    figure picture;
    picture.title = "lambda finds itself";
    picture.x.label = "step";
    picture.y = plot_axis{"lambda", true, {}, {}};
    picture.second_y = plot_axis{"sparsity s", false, {}, {}};
    add_unless_empty(picture, series_of(log, "lambda", "lambda"), false);
    if (picture.series.empty()) {
        throw std::invalid_argument("the log has no lambda: only adabreg and linbreg have one to draw");
    }
    auto sparsity = series_of(log, "sparsity", "sparsity");
    double lowest = 1;
    for (const auto& line : log) {
        if (line.contains("target")) lowest = std::min(lowest, line["target"].get<double>());
    }
    for (const double s : sparsity.y) lowest = std::min(lowest, s);
    picture.second_y->low = std::max(0.0, lowest - 0.02);
    picture.second_y->high = 1;
    add_unless_empty(picture, std::move(sparsity), true);
    for (const auto& line : log) {
        if (!line.contains("target")) continue;
        picture.references.push_back({"target", line["target"], true});
        break;
    }
    return picture;
}

figure turnover_figure(const std::vector<nlohmann::json>& log) {
    figure picture;
    picture.title = "which weights come and go";
    picture.x.label = "step";
    picture.y = plot_axis{"per cent of the living, between two lines of the log", true, {}, {}};
    const std::pair<const char*, const char*> changes[] = {{"births", "births"},
                                                           {"deaths", "deaths"},
                                                           {"births_in_steps", "births, step by step"},
                                                           {"deaths_in_steps", "deaths, step by step"}};
    for (const auto& [change, name] : changes) {
        auto series = series_of(log, change, name);
        plot_series shares;
        shares.name = name;
        std::size_t i = 0;
        for (const auto& line : log) {
            if (!line.contains(change)) continue;
            const double alive = line["survivors"].get<double>() + line["births"].get<double>();
            const double share = alive > 0 ? 100 * series.y[i] / alive : 0;
            if (share > 0) shares.x.push_back(series.x[i]), shares.y.push_back(share); // a logarithm has no 0
            ++i;
        }
        add_unless_empty(picture, std::move(shares), false);
    }
    if (picture.series.empty()) throw std::invalid_argument("the log tells of no births or deaths to draw");
    return picture;
}

figure learning_figure(const std::vector<nlohmann::json>& log) {
    figure picture;
    picture.title = "learning";
    picture.x.label = "step";
    picture.y.label = "loss";
    picture.second_y = plot_axis{"accuracy", false, 0, 1};
    add_unless_empty(picture, series_of(log, "loss", "loss, with margin"), false);
    add_unless_empty(picture, series_of(log, "validation_loss", "loss on held-out utterances"), false,
                     plot_style::line_with_points);
    add_unless_empty(picture, series_of(log, "accuracy", "accuracy"), true);
    add_unless_empty(picture, series_of(log, "validation_accuracy", "accuracy on held-out utterances"), true,
                     plot_style::line_with_points);
    return picture;
}

figure eer_figure(const std::vector<nlohmann::json>& scored_runs) {
    if (scored_runs.empty()) throw std::invalid_argument("there is no scored run to draw: give one or more");
    figure picture;
    picture.title = "equal error rate, 90 % intervals over speakers";
    picture.y = plot_axis{"EER, %", false, 0, {}};
    picture.categories = list_names(scored_runs.front());
    for (const auto& run : scored_runs) picture.series.push_back(bars_of(run, picture.categories));
    const bool anchored = std::all_of(demo_lists.begin(), demo_lists.end(), [&](std::string_view list) {
        return std::find(picture.categories.begin(), picture.categories.end(), list) != picture.categories.end();
    });
    if (!anchored) return picture;
    for (const auto& system : anchors) {
        plot_series points{std::string(system.system), {}, {}, plot_style::points, false, {}, {}};
        for (std::size_t i = 0; i < demo_lists.size(); ++i) {
            const auto place = std::find(picture.categories.begin(), picture.categories.end(), demo_lists[i]);
            points.x.push_back(double(place - picture.categories.begin()));
            points.y.push_back(system.eer[i]);
        }
        picture.series.push_back(std::move(points));
    }
    return picture;
}

std::vector<std::filesystem::path> draw_training(const std::filesystem::path& folder) {
    const auto log = read_step_log(folder / "log.jsonl");
    if (log.empty()) throw std::runtime_error("the log in '" + folder.string() + "' is empty: train for longer");
    std::vector<std::filesystem::path> pictures;
    const bool sparse = std::any_of(log.begin(), log.end(), [](const auto& line) { return line.contains("lambda"); });
    if (sparse) pictures.push_back(write_figure(lambda_figure(log), folder / "lambda").svg);
    const auto moves = [](const nlohmann::json& line) {
        return line.contains("births") && (line["births"] > 0 || line["deaths"] > 0);
    };
    if (std::any_of(log.begin(), log.end(), moves))
        pictures.push_back(write_figure(turnover_figure(log), folder / "turnover").svg);
    pictures.push_back(write_figure(learning_figure(log), folder / "learning").svg);
    return pictures;
}

} // namespace speaker_verification
