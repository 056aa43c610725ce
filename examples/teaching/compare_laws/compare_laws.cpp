// Every control law on the same three problems: how fast it finds the target, how far it overshoots, how well
// it holds. Prints the tables of docs/control_laws_compared.md.
#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "common/atomic_file.hpp"
#include "common/gnuplot.hpp"
#include "common/json_file.hpp"
#include "common/progress.hpp"
#include "common/require.hpp"
#include "common/scikit_learn_data.hpp"
#include "teaching/compare_laws/report.hpp"
#include "teaching/compare_laws/verdict.hpp"

namespace {

using namespace compare_laws;

struct options {
    std::vector<std::string> problems{"noise", "regression", "network"};
    std::vector<double> targets{0.9, 0.95};
    int seeds = 3;
    std::int64_t steps = 0;
    std::int64_t hold = 20;
    std::string data = examples::scikit_learn_folder;
    std::string out = "results/compare_laws";
};

options read_options(CLI::App& app, int argc, char** argv) {
    options o;
    app.add_option("--problems", o.problems, "which of noise, regression, network")
        ->check(CLI::IsMember({"noise", "regression", "network"}))
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--targets", o.targets, "sparsities asked for")->delimiter(',')->capture_default_str();
    app.add_option("--seeds", o.seeds, "draws of each problem, seeds 1, 2, ...")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--steps", o.steps, "steps of each run; 0: as many as each problem is made for")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--hold", o.hold, "steps in a row within the tolerance that count as having arrived")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--data", o.data, "folder with digits.csv.gz")->capture_default_str();
    app.add_option("--out", o.out, "folder for tables.md, compare_laws.json, laws.json and pictures")
        ->capture_default_str();
    app.parse(argc, argv);
    return o;
}

/// One curve of sparsity over steps, thinned out for a logarithmic axis.
examples::plot_series curve(const std::string& name, const std::vector<double>& sparsity) {
    examples::plot_series series{.name = name};
    double next = 1;
    for (std::size_t k = 0; k < sparsity.size(); ++k) {
        if (double(k + 1) < next) continue;
        series.x.push_back(double(k + 1)), series.y.push_back(sparsity[k]);
        next = std::max(next + 1, next * 1.01);
    }
    return series;
}

struct comparison {
    problem_table table;
    examples::figure picture;                      // of the first target and seed
    nlohmann::json rows = nlohmann::json::array(); // of laws.json: one for each run
};

nlohmann::json row(const control_problem& problem, const compared_law& law, const law_run& run, float lambda0,
                   double target, int seed, const verdict& judged) {
    nlohmann::json result = {{"problem", problem.name}, {"optimizer", problem.adaptive ? "adabreg" : "linbreg"},
                             {"law", law.full_name()},  {"lambda0", lambda0},
                             {"target", target},        {"seed", seed}};
    result.update(judged.json());
    if (!problem.quality.empty()) result["quality"] = run.quality;
    return result;
}

comparison compare(const control_problem& problem, const options& o, const std::vector<compared_law>& laws,
                   examples::progress_line& progress, std::int64_t& done) {
    comparison c{{problem.title, problem.quality, {}, o.targets, {}}, {}, {}};
    c.picture.title = problem.title;
    c.picture.x = {.label = "step", .logarithmic = true};
    c.picture.y = {.label = "sparsity", .low = 0, .high = 1};
    c.picture.references.push_back({"target", o.targets.front()});
    const std::int64_t steps = o.steps > 0 ? o.steps : problem.steps;
    std::vector<std::vector<float>> right(o.targets.size(), std::vector<float>(std::size_t(o.seeds)));
    for (const compared_law& law : laws) {
        c.table.laws.push_back(law.full_name());
        std::vector<law_result> results;
        for (std::size_t t = 0; t < o.targets.size(); ++t) {
            std::vector<law_run> runs;
            for (int seed = 1; seed <= o.seeds; ++seed) {
                float& right_lambda = right[t][std::size_t(seed - 1)];
                const problem_draw draw = problem.draw(std::uint64_t(seed));
                const float lambda0 = law.lambda0(right_lambda);
                runs.push_back(run_law(problem, draw, law.make(), lambda0, float(o.targets[t]), steps));
                c.rows.push_back(row(problem, law, runs.back(), lambda0, o.targets[t], seed,
                                     verdict(runs.back(), o.targets[t], draw.start.size(), o.hold)));
                if (&law == &laws.front()) right_lambda = float(runs.back().lambda.back());
                progress.update(++done, problem.name + ": " + law.full_name());
            }
            results.emplace_back(runs, o.targets[t], o.hold);
            if (t == 0 && law.drawn) c.picture.series.push_back(curve(law.full_name(), runs.front().sparsity));
        }
        c.table.result.push_back(std::move(results));
    }
    return c;
}

int run(const options& o) {
    for (const double target : o.targets)
        examples::require(target > 0 && target <= 1, "--targets", target, "must be in (0, 1]");
    const auto laws = all_laws();
    const auto problems = all_problems(o.data);
    examples::progress_line progress("compare_laws",
                                     std::int64_t(o.problems.size() * laws.size() * o.targets.size()) * o.seeds);
    std::string tables;
    nlohmann::json report = {{"seeds", o.seeds}, {"hold", o.hold}, {"problems", nlohmann::json::array()}};
    nlohmann::json rows = nlohmann::json::array();
    std::int64_t done = 0;
    for (const control_problem& problem : problems) {
        if (std::find(o.problems.begin(), o.problems.end(), problem.name) == o.problems.end()) continue;
        const comparison c = compare(problem, o, laws, progress, done);
        tables += (tables.empty() ? "" : "\n") + c.table.markdown();
        report["problems"].push_back(c.table.json());
        rows.insert(rows.end(), c.rows.begin(), c.rows.end());
        examples::write_figure(c.picture, o.out + "/" + problem.name);
    }
    progress.finish();
    examples::write_json_file(o.out + "/compare_laws.json", report);
    examples::write_json_file(o.out + "/laws.json", rows);
    examples::write_file_atomically(o.out + "/tables.md", [&](std::ostream& stream) { stream << tables; });
    std::cout << tables;
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Compare the control laws on noise, overparametrised regression and a small network");
    try {
        return run(read_options(app, argc, argv));
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "compare_laws: " << error.what() << '\n';
        return 1;
    }
}
