#include "speaker_verification/experiment/report.hpp"

#include "common/atomic_file.hpp"
#include "common/json_file.hpp"
#include "common/progress.hpp"
#include "speaker_verification/experiment/comparisons.hpp"
#include "speaker_verification/experiment/report_tables.hpp"
#include "speaker_verification/experiment/wording.hpp"
#include "speaker_verification/training/reports/anchors.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <ostream>
#include <set>
#include <thread>

namespace speaker_verification {

namespace {

void add_table(document& report, const std::string& title, const std::string& sentence, table filled) {
    if (filled.rows.empty()) return;
    report.push_back(heading{2, title});
    report.push_back(paragraph{sentence});
    report.push_back(std::move(filled));
}

table claims_table(const std::vector<claim>& claims) {
    table made{{"claim", "statement", "verdict", "measured", "why"}, {}};
    for (const auto& each : claims) {
        made.rows.push_back({each.id, each.statement, in_words(each.decided), each.measured, each.reason});
    }
    return made;
}

void add_opening(document& report, const experiment_results& results, const report_origin& origin) {
    std::set<std::int64_t> seeds;
    double seconds = 0;
    for (const auto* runs : {&results.runs, &results.searched}) {
        for (const auto& run : *runs) {
            seeds.insert(run.plan.seed);
            seconds += run.training_seconds() + run.score_seconds;
        }
    }
    report.push_back(heading{1, "The experiment, grid " + origin.grid_name});
    report.push_back(paragraph{counted(results.runs.size(), "run") + " and " + counted(results.searched.size(), "run") +
                               " of sweeps and searches, " + counted(seeds.size(), "seed") + ", " +
                               examples::spell_duration(seconds) + " of training and scoring on " + origin.machine +
                               ". Made again by:"});
    report.push_back(code_lines{{origin.command}});
    report.push_back(paragraph{std::string(limits_sentence)});
    report.push_back(
        paragraph{"Intervals hold 90 %. Those of EERs are percentiles of a bootstrap that draws speakers and "
                  "seeds anew; differences are paired by seed and draw the same speakers for both sides. "
                  "With three seeds or fewer the share of the seeds in them is a rough one."});
}

void add_missing(document& report, const experiment_results& results) {
    if (results.missing.empty()) return;
    report.push_back(heading{2, "Runs that are not there"});
    bullet_list list;
    for (const auto& each : results.missing) list.items.push_back(each.run.name + ": " + each.reason);
    report.push_back(std::move(list));
}

void add_figures(document& report, const std::vector<experiment_figure>& figures) {
    report.push_back(heading{2, "Figures"});
    report.push_back(paragraph{"Numbered as in the paper; the numbers and the script that draws each lie beside it."});
    bullet_list absent;
    for (const auto& each : figures) {
        const auto caption = "Figure " + std::to_string(each.number) + ". " + each.caption;
        if (each.picture) {
            report.push_back(picture_link{"figures/" + each.name + ".svg", caption});
        } else {
            absent.items.push_back(caption + " Not drawn: " + each.missing + ".");
        }
    }
    if (!absent.items.empty()) report.push_back(std::move(absent));
}

void add_deviations(document& report, const experiment_results& results) {
    report.push_back(heading{2, "Deviations from the paper"});
    report.push_back(
        bullet_list{{"Speech: what the store holds, see the lists in the tables; the paper trains on "
                     "VoxCeleb and CN-Celeb, and no "
                     "EER here compares with one there.",
                     "The oracle's lambdas come from a bisection on this data, not from the paper's table.",
                     "The gradient of head rows shorter than 0.1 is scaled down, and batch-norm statistics "
                     "are averaged anew for "
                     "validation and checkpoints (docs/paper.md says why)."}});
    report.push_back(deviations_table(results));
}

void write_text(const std::filesystem::path& path, const std::string& text) {
    examples::write_file_atomically(path, [&](std::ostream& stream) { stream << text; });
}

std::string processor_name() {
    std::ifstream stream("/proc/cpuinfo");
    for (std::string line; std::getline(stream, line);) {
        const auto colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "a processor without a name";
}

nlohmann::json json_or_null(const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

} // namespace

std::string describe_machine() {
    char date[16];
    const std::time_t now = std::time(nullptr);
    std::strftime(date, sizeof date, "%Y-%m-%d", std::localtime(&now));
    return processor_name() + ", " + counted(std::thread::hardware_concurrency(), "processor") + ", " + date;
}

document report_of(const experiment_results& results, const std::vector<claim>& claims,
                   const std::vector<experiment_figure>& figures, const report_origin& origin) {
    document report;
    add_opening(report, results, origin);
    report.push_back(heading{2, "Claims"});
    report.push_back(claims_table(claims));
    add_table(report, "What every method reached", "Means over seeds; lambda is the geometric mean of where it ended.",
              methods_table(results));
    add_table(report, "The adaptive lambda against the others",
              "Adaptive minus the other at equal sparsity, paired by seed. A difference decides for a side when its "
              "interval lies "
              "there and there is more than one seed.",
              differences_table(results));
    if (!results.oracles.empty()) {
        const auto oracles = oracle_table(results.oracles);
        report.insert(report.end(), oracles.begin(), oracles.end());
    }
    add_table(report, "Sweeps", "Chosen by accuracy on held-out utterances of the training speakers.",
              sweeps_table(results.sweeps));
    add_figures(report, figures);
    for (const auto& network : paper_networks) {
        add_table(report, "Layers of " + network, "Sparsity of each regularized tensor, as in figures 5 and 10.",
                  layers_table(results, network));
    }
    add_table(report, "Every run", "Waited: share of the training time in which the next batch was not ready.",
              runs_table(results));
    add_missing(report, results);
    add_deviations(report, results);
    return report;
}

nlohmann::json json_of_oracles(const std::vector<oracle_outcome>& oracles) {
    auto all = nlohmann::json::array();
    for (const auto& outcome : oracles) {
        nlohmann::json tried = nlohmann::json::array(), targets = nlohmann::json::array();
        for (const auto& [lambda, sparsity] : outcome.known) {
            tried.push_back({{"lambda", lambda}, {"sparsity", sparsity}});
        }
        for (const double target : outcome.asked.targets) {
            const auto lambda = outcome.lambda_for(target);
            const auto bracket = bracket_of(outcome.known, target);
            targets.push_back({{"target", target},
                               {"lambda", json_or_null(lambda)},
                               {"sparsity", lambda ? nlohmann::json(outcome.known.at(*lambda)) : nlohmann::json()},
                               {"too_dense", json_or_null(bracket.too_dense)},
                               {"too_sparse", json_or_null(bracket.too_sparse)}});
        }
        all.push_back({{"network", outcome.asked.base.network},
                       {"optimizer", outcome.asked.base.optimizer},
                       {"tolerance", outcome.asked.tolerance},
                       {"steps", outcome.asked.base.all.schedule.max_steps},
                       {"tried", tried},
                       {"targets", targets}});
    }
    return all;
}

document oracle_table(const std::vector<oracle_outcome>& oracles) {
    table made{
        {"network", "optimizer", "target", "lambda", "sparsity with it", "too dense at", "too sparse at", "runs"}, {}};
    const auto text = [](const std::optional<double>& value) { return value ? formatted("%.4g", *value) : "-"; };
    for (const auto& outcome : oracles) {
        for (const double target : outcome.asked.targets) {
            const auto lambda = outcome.lambda_for(target);
            const auto bracket = bracket_of(outcome.known, target);
            made.rows.push_back({outcome.asked.base.network, outcome.asked.base.optimizer, shortest_text(target),
                                 text(lambda), lambda ? formatted("%.4f", outcome.known.at(*lambda)) : "-",
                                 text(bracket.too_dense), text(bracket.too_sparse),
                                 std::to_string(outcome.known.size())});
        }
    }
    return {heading{2, "Fixed lambdas found by bisection"},
            paragraph{"The lambda, of all that were tried, whose run ended nearest to the target. What was "
                      "tried for one "
                      "target serves the others of its network and optimizer."},
            std::move(made)};
}

void write_report(const experiment_results& results, const report_origin& origin, const std::filesystem::path& folder) {
    const auto claims = judge_claims(results);
    const auto figures = figures_of(results);
    draw_figures(figures, folder / "figures");
    const auto report = report_of(results, claims, figures, origin);
    write_text(folder / "report.md", to_markdown(report));
    write_text(folder / "report.html", to_html(report, "The experiment, grid " + origin.grid_name));
    examples::write_json_file(folder / "claims.json", {{"grid", origin.grid_name},
                                                       {"command", origin.command},
                                                       {"machine", origin.machine},
                                                       {"claims", json_of_claims(claims)}});
    examples::write_json_file(folder / "comparisons.json", json_of_comparisons(comparisons_of(results)));
    if (results.oracles.empty()) return;
    examples::write_json_file(folder / "oracle.json", json_of_oracles(results.oracles));
    write_text(folder / "oracle.md", to_markdown(oracle_table(results.oracles)));
}

} // namespace speaker_verification
