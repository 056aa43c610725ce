#include "teaching/compare_laws/report.hpp"

#include "teaching/compare_laws/measures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

namespace compare_laws {

namespace {

std::string decimals(const char* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

/// The mean over the seeds that got there: "412", "412 (2 of 3)" or "never".
std::string spell_steps(const std::vector<std::optional<std::int64_t>>& steps) {
    double sum = 0;
    std::size_t reached = 0;
    for (const auto& step : steps)
        if (step) sum += double(*step), ++reached;
    if (reached == 0) return "never";
    const std::string mean = std::to_string(std::llround(sum / double(reached)));
    return reached == steps.size()
               ? mean
               : mean + " (" + std::to_string(reached) + " of " + std::to_string(steps.size()) + ")";
}

std::string spell_percent(double share) { return decimals("%.2f", 100 * share); }

nlohmann::json json_of(const std::vector<std::optional<std::int64_t>>& steps) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& step : steps) list.push_back(step ? nlohmann::json(*step) : nlohmann::json());
    return list;
}

} // namespace

law_result::law_result(const std::vector<law_run>& runs, double target, std::int64_t hold) {
    for (const law_run& run : runs) {
        const double share = 1 / double(runs.size());
        steps_to_1_percent.push_back(steps_to_within(run.sparsity, target, 0.01, hold));
        steps_to_01_percent.push_back(steps_to_within(run.sparsity, target, 0.001, hold));
        overshoot += share * compare_laws::overshoot(run.sparsity, target);
        steady_error += share * compare_laws::steady_error(run.sparsity, target);
        lambda += share * run.lambda.back();
        quality += share * run.quality;
    }
}

std::string problem_table::markdown() const {
    std::ostringstream text, rule;
    text << "### " << title << "\n\n| law |";
    rule << "|---|";
    for (const double target : targets) {
        text << ' ' << target << ": to 1 % | to 0.1 % | overshoot | steady error |";
        rule << "---|---|---|---|";
        if (!quality.empty()) text << ' ' << quality << " |", rule << "---|";
    }
    text << '\n' << rule.str() << '\n';
    for (std::size_t law = 0; law < laws.size(); ++law) {
        text << "| " << laws[law] << " |";
        for (const law_result& r : result[law]) {
            text << ' ' << spell_steps(r.steps_to_1_percent) << " | " << spell_steps(r.steps_to_01_percent) << " | "
                 << spell_percent(r.overshoot) << " | " << spell_percent(r.steady_error) << " |";
            if (!quality.empty()) text << ' ' << decimals("%.3f", r.quality) << " |";
        }
        text << '\n';
    }
    return text.str();
}

nlohmann::json problem_table::json() const {
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t law = 0; law < laws.size(); ++law)
        for (std::size_t t = 0; t < targets.size(); ++t) {
            const law_result& r = result[law][t];
            rows.push_back({{"law", laws[law]},
                            {"target", targets[t]},
                            {"steps_to_1_percent", json_of(r.steps_to_1_percent)},
                            {"steps_to_0.1_percent", json_of(r.steps_to_01_percent)},
                            {"overshoot", r.overshoot},
                            {"steady_error", r.steady_error},
                            {"lambda", r.lambda}});
            if (!quality.empty()) rows.back()[quality] = r.quality;
        }
    return {{"problem", title}, {"results", rows}};
}

std::string verdict_table(const std::vector<judged_run>& rows, const std::string& by) {
    struct cell {
        int runs = 0, held = 0;
        std::map<std::string, int> failures;
    };
    std::vector<std::string> laws, columns;
    std::map<std::pair<std::string, std::string>, cell> cells;
    const auto note = [](std::vector<std::string>& names, const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const judged_run& row : rows) {
        const std::string& column = by == "optimizer" ? row.optimizer : row.problem;
        note(laws, row.law), note(columns, column);
        cell& one = cells[{row.law, column}];
        ++one.runs;
        if (row.judged.failed.empty()) ++one.held;
        std::istringstream failures(row.judged.failed);
        for (std::string what; std::getline(failures >> std::ws, what, ',');) ++one.failures[what];
    }
    std::ostringstream text, rule;
    text << "### Runs that hold\n\n| law |", rule << "|---|";
    for (const auto& column : columns) text << ' ' << column << " |", rule << "---|";
    text << '\n' << rule.str() << '\n';
    for (const auto& law : laws) {
        text << "| " << law << " |";
        for (const auto& column : columns) {
            const cell& one = cells[{law, column}];
            const auto most = std::max_element(one.failures.begin(), one.failures.end(),
                                               [](const auto& a, const auto& b) { return a.second < b.second; });
            text << ' ' << one.held << " of " << one.runs;
            if (most != one.failures.end()) text << " (" << most->first << ')';
            text << " |";
        }
        text << '\n';
    }
    return text.str();
}

} // namespace compare_laws
