#include "speaker_verification/training/reports/summary.hpp"

#include "common/json_file.hpp"
#include "common/strict_json.hpp"
#include "speaker_verification/training/reports/anchors.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace speaker_verification {

namespace {

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
std::string
formatted(const char* format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

nlohmann::json brief(const nlohmann::json& score) {
    const auto& network = score.at("network");
    const auto& bytes = network.at("bytes");
    nlohmann::json summary{{"name", score.at("name")},
                           {"optimizer", score.at("optimizer")},
                           {"sparsity", network.at("sparsity")},
                           {"sparsity_of_counted", network.at("sparsity_of_counted")},
                           {"sparsity_without_head", network.at("sparsity_without_head")},
                           {"parameters", network.at("parameters")},
                           {"nonzeros", network.at("nonzeros")},
                           {"steps", score.at("steps")},
                           {"bytes", {{"dense", bytes.at("dense")}, {"sparse", bytes.at("sparse")}}},
                           {"eer", nlohmann::json::object()},
                           {"eer_interval", nlohmann::json::object()}};
    for (const char* field : {"target", "lambda"}) {
        if (score.contains(field)) summary[field] = score[field];
    }
    for (const auto& [name, list] : score.at("lists").items()) {
        summary["eer"][name] = list.at("eer");
        summary["eer_interval"][name] = {list.at("eer_low"), list.at("eer_high")};
    }
    return summary;
}

/// Rows of a table: a name and one text for each run.
class text_table {
  public:
    explicit text_table(const std::vector<nlohmann::json>& runs) : runs_(runs) {}

    template <class Text>
    void row(const std::string& name, Text&& text) {
        text_ += formatted("%-56s", name.c_str());
        for (const auto& run : runs_) text_ += formatted("  %22s", std::string(text(run)).c_str());
        text_ += '\n';
    }
    std::string text() && { return std::move(text_); }

  private:
    const std::vector<nlohmann::json>& runs_;
    std::string text_;
};

std::string number(const nlohmann::json& run, const char* field, const char* format) {
    return run.contains(field) ? formatted(format, run[field].get<double>()) : "-";
}

std::string eer_text(const nlohmann::json& run, const std::string& list) {
    if (!run["eer"].contains(list)) return "-";
    const auto& interval = run["eer_interval"][list];
    return formatted("%.3f [%.1f, %.1f]", 100 * run["eer"][list].get<double>(), 100 * interval[0].get<double>(),
                     100 * interval[1].get<double>());
}

} // namespace

nlohmann::json read_scored_run(const std::filesystem::path& folder) {
    const auto file = folder / "score.json";
    const auto score = examples::read_json_file(file);
    const auto require_that = [&](bool right, const std::string& field) {
        if (right) return;
        throw std::runtime_error("'" + file.string() + "' has no '" + field +
                                 "' as `score` writes it: score the network anew");
    };
    const auto require_number = [&](const nlohmann::json& object, const char* field, double lowest, double highest) {
        double value = 0;
        require_that(examples::take_json_field(object, field, value) && value >= lowest && value <= highest, field);
    };
    constexpr double any = std::numeric_limits<double>::max();
    for (const char* field : {"name", "optimizer"}) {
        std::string text;
        require_that(examples::take_json_field(score, field, text), field);
    }
    const auto part = [&](const nlohmann::json& object, const char* field) {
        const auto found = object.find(field);
        require_that(found != object.end() && found->is_object(), field);
        return *found;
    };
    const auto network = part(score, "network"), bytes = part(network, "bytes"), lists = part(score, "lists");
    for (const char* field : {"sparsity", "sparsity_of_counted", "sparsity_without_head"}) {
        require_number(network, field, 0, 1);
    }
    for (const char* field : {"parameters", "nonzeros"}) require_number(network, field, 0, any);
    for (const char* field : {"dense", "sparse"}) require_number(bytes, field, 0, any);
    require_number(score, "steps", 0, any);
    if (score.contains("target")) require_number(score, "target", 0, 1);
    if (score.contains("lambda")) require_number(score, "lambda", 0, any);
    for (const auto& [name, list] : lists.items()) {
        for (const char* field : {"eer", "eer_low", "eer_high"}) require_number(list, field, 0, 1);
    }
    const auto held_out = score.find("held_out_actors");
    std::vector<std::string> actors;
    require_that(held_out == score.end() || examples::take_json(*held_out, actors), "held_out_actors");
    return score;
}

nlohmann::json summarise_run(const nlohmann::json& score, const std::map<std::string, double>& seconds,
                             const std::vector<nlohmann::json>& compared) {
    nlohmann::json summary = brief(score);
    summary["seconds"] = seconds;
    summary["compared"] = nlohmann::json::array();
    for (const auto& other : compared) summary["compared"].push_back(brief(other));
    return summary;
}

std::string summary_table(const nlohmann::json& summary) {
    std::vector<nlohmann::json> runs{summary};
    for (const auto& other : summary.at("compared")) runs.push_back(other);
    text_table table(runs);
    table.row("", [](const auto& run) { return run["optimizer"].template get<std::string>(); });
    table.row("target sparsity", [](const auto& run) { return number(run, "target", "%.4g"); });
    table.row("reached", [](const auto& run) { return number(run, "sparsity_of_counted", "%.4f"); });
    table.row("of all parameters", [](const auto& run) { return number(run, "sparsity", "%.4f"); });
    table.row("reached without the classifier head",
              [](const auto& run) { return number(run, "sparsity_without_head", "%.4f"); });
    table.row("lambda", [](const auto& run) { return number(run, "lambda", "%.4g"); });
    table.row("parameters", [](const auto& run) { return number(run, "parameters", "%.0f"); });
    table.row("of which not zero", [](const auto& run) { return number(run, "nonzeros", "%.0f"); });
    table.row("bytes dense, float32", [](const auto& run) { return number(run["bytes"], "dense", "%.0f"); });
    table.row("bytes sparse, each tensor in its smallest form",
              [](const auto& run) { return number(run["bytes"], "sparse", "%.0f"); });
    table.row("steps", [](const auto& run) { return number(run, "steps", "%.0f"); });
    for (const auto& [list, unused] : summary.at("eer").items()) {
        table.row("EER %, " + list, [&list = list](const auto& run) { return eer_text(run, list); });
    }
    std::string text = std::move(table).text();
    if (!summary["eer"].contains(std::string(headline_list))) return text;
    text += "\nanchors, EER %";
    for (const auto list : demo_lists) text += formatted("  %20s", std::string(list).c_str());
    text += '\n';
    for (const auto& system : anchors) {
        text += formatted("  %-62s", std::string(system.system).c_str());
        for (const double eer : system.eer) text += formatted("  %5.1f", eer);
        text += '\n';
    }
    return text;
}

std::vector<std::string> shortcomings(const nlohmann::json& summary, const acceptance& asked) {
    std::vector<std::string> missed;
    if (summary.contains("target")) {
        const double sparsity = summary.at("sparsity_of_counted"), target = summary.at("target");
        if (std::abs(sparsity - target) > asked.sparsity_tolerance) {
            missed.push_back(formatted("sparsity %.4f is not within %g of the target %g: train for longer", sparsity,
                                       asked.sparsity_tolerance, target));
        }
    }
    if (asked.headline_eer) {
        const double eer = summary.at("eer").at(std::string(headline_list));
        if (!(eer <= *asked.headline_eer)) {
            missed.push_back(formatted("EER %.3f %% on %s is above %.1f %%: train for longer", 100 * eer,
                                       std::string(headline_list).c_str(), 100 * *asked.headline_eer));
        }
    }
    return missed;
}

} // namespace speaker_verification
