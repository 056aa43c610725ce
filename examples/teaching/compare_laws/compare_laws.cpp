// Every control law on the same problems: how fast it finds the target, how far it overshoots, how well it holds, how good
// the result is. Prints the tables of docs/control_laws_compared.md.
#include <algorithm>
#include <cmath>
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
    std::vector<std::string> problems{"noise", "regression", "recovery", "softmax", "batches", "network"};
    std::vector<std::string> optimizers; // empty: the problem's own
    std::vector<std::string> laws;       // parts of their names; empty: all
    std::vector<double> targets{0.9, 0.95};
    std::vector<double> lambda0{1e-3};
    int seeds = 3;
    double share = 1; // of the steps that a problem is made for
    std::int64_t steps = 0;
    std::int64_t hold = 20;
    bool quick = false, sweep = false;
    std::string data = examples::scikit_learn_folder;
    std::string out = "results/compare_laws";
};

options read_options(CLI::App& app, int argc, char** argv) {
    options o;
    const auto list = [&](const char* name, auto& values, const char* help) {
        return app.add_option(name, values, help)->delimiter(',')->capture_default_str();
    };
    list("--problems", o.problems, "which of noise, regression, recovery, softmax, batches, network")
        ->check(CLI::IsMember(o.problems));
    list("--optimizers", o.optimizers,
         "which of linbreg, momentum, adabreg, adabreg_mini; the problem's own if not given")
        ->check(CLI::IsMember(optimizer_names));
    list("--laws", o.laws, "laws whose name or setting contains one of these; all if not given");
    auto* const targets = list("--targets", o.targets, "sparsities asked for");
    auto* const lambda0 = list("--lambda0", o.lambda0, "where laws that are not told another start");
    auto* const seeds = app.add_option("--seeds", o.seeds, "draws of each problem, seeds 1, 2, ...")
                            ->check(CLI::Range(1, 1000))
                            ->capture_default_str();
    app.add_option("--steps", o.steps, "steps of each run; 0: as many as each problem is made for")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--hold", o.hold, "steps in a row within the tolerance that count as having arrived")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    auto* const quick = app.add_flag("--quick", o.quick, "one draw, one target, a quarter of the steps");
    app.add_flag(
           "--sweep", o.sweep,
           "every optimizer, five targets, four lambda0, one draw; the quantile, the settling and the paper's laws")
        ->excludes(quick);
    app.add_option("--data", o.data, "folder with digits.csv.gz")->capture_default_str();
    app.add_option("--out", o.out, "folder for tables.md, compare_laws.json, laws.json and pictures")
        ->capture_default_str();
    app.parse(argc, argv);
    const auto unless_given = [](const CLI::Option* option, auto& value, auto other) {
        if (option->count() == 0) value = other;
    };
    if (o.quick) o.share = 0.25, unless_given(targets, o.targets, std::vector<double>{0.9});
    if (o.quick || o.sweep) unless_given(seeds, o.seeds, 1);
    if (o.sweep) {
        unless_given(targets, o.targets, std::vector<double>{0.5, 0.75, 0.9, 0.95, 0.99});
        unless_given(lambda0, o.lambda0, std::vector<double>{1e-6, 1e-3, 1, 1e3});
        if (o.optimizers.empty()) o.optimizers = optimizer_names;
        if (o.laws.empty()) o.laws = {"every step)", "settling", "every step:"};
    }
    return o;
}

std::vector<compared_law> chosen_laws(const options& o) {
    std::vector<compared_law> chosen;
    for (const compared_law& law : all_laws()) {
        const auto named = [&](const std::string& part) { return law.full_name().find(part) != std::string::npos; };
        // The first finds the lambda that the fixed law starts from.
        if (o.laws.empty() || chosen.empty() || std::any_of(o.laws.begin(), o.laws.end(), named)) chosen.push_back(law);
    }
    return chosen;
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
    examples::figure picture;     // of the first target, seed and lambda0
    std::vector<judged_run> rows; // of laws.json
};

comparison compare(const control_problem& problem, const std::string& optimizer, const options& o,
                   const std::vector<compared_law>& laws, examples::progress_line& progress, std::int64_t& done) {
    const std::string title = problem.title + ", " + optimizer;
    comparison c{{title, problem.quality, {}, o.targets, {}}, {}, {}};
    c.picture.title = title;
    c.picture.x = {.label = "step", .logarithmic = true};
    c.picture.y = {.label = "sparsity", .low = 0, .high = 1};
    c.picture.references.push_back({"target", o.targets.front()});
    const std::int64_t steps =
        o.steps > 0 ? o.steps : std::max<std::int64_t>(1, std::int64_t(o.share * double(problem.steps)));
    const int seeds = problem.seeded ? o.seeds : 1;
    for (const compared_law& law : laws) c.table.laws.push_back(law.full_name());
    c.table.result.resize(laws.size());
    for (std::size_t t = 0; t < o.targets.size(); ++t) {
        std::vector<judged_run> judged;
        std::vector<float> right(std::size_t(seeds), 0.0f);
        for (std::size_t l = 0; l < laws.size(); ++l) {
            const compared_law& law = laws[l];
            std::vector<law_run> runs;
            for (std::size_t start = 0; start < (law.starts_anywhere ? o.lambda0.size() : 1); ++start)
                for (int seed = 1; seed <= seeds; ++seed) {
                    float& right_lambda = right[std::size_t(seed - 1)];
                    const problem_draw draw = problem.draw(std::uint64_t(seed));
                    const float lambda0 = law.starts_anywhere ? float(o.lambda0[start]) : law.lambda0(right_lambda);
                    runs.push_back(run_law(problem, draw, optimizer, law.make(), lambda0, float(o.targets[t]), steps));
                    judged.push_back({problem.name, optimizer, law.full_name(), lambda0, o.targets[t], seed,
                                      problem.quality.empty() ? std::nan("") : runs.back().quality,
                                      verdict(runs.back(), o.targets[t], draw.start.size(), o.hold)});
                    if (l == 0) right_lambda = float(runs.back().lambda.back());
                    progress.update(++done, problem.name + ", " + optimizer + ": " + law.full_name());
                }
            c.table.result[l].emplace_back(runs, o.targets[t], o.hold);
            if (t == 0 && law.drawn) c.picture.series.push_back(curve(law.full_name(), runs.front().sparsity));
        }
        judge_quality(judged, problem.larger_is_better, tested_digits);
        c.rows.insert(c.rows.end(), judged.begin(), judged.end());
    }
    return c;
}

std::int64_t number_of_runs(const options& o, const std::vector<compared_law>& laws,
                            const std::vector<control_problem>& problems) {
    std::size_t starts = 0, runs = 0;
    for (const auto& law : laws) starts += law.starts_anywhere ? o.lambda0.size() : 1;
    for (const auto& problem : problems)
        if (std::find(o.problems.begin(), o.problems.end(), problem.name) != o.problems.end())
            runs += starts * std::max<std::size_t>(1, o.optimizers.size()) * o.targets.size() *
                    std::size_t(problem.seeded ? o.seeds : 1);
    return std::int64_t(runs);
}

int run(const options& o) {
    for (const double target : o.targets)
        examples::require(target > 0 && target <= 1, "--targets", target, "must be in (0, 1]");
    for (const double start : o.lambda0)
        examples::require(start >= 0 && std::isfinite(start), "--lambda0", start, "must be at least 0 and finite");
    const auto laws = chosen_laws(o);
    const auto problems = all_problems(o.data);
    examples::progress_line progress("compare_laws", number_of_runs(o, laws, problems));
    std::string tables;
    nlohmann::json report = {{"seeds", o.seeds}, {"hold", o.hold}, {"problems", nlohmann::json::array()}};
    std::vector<judged_run> rows;
    std::int64_t done = 0;
    for (const control_problem& problem : problems) {
        if (std::find(o.problems.begin(), o.problems.end(), problem.name) == o.problems.end()) continue;
        for (const std::string& optimizer : o.optimizers.empty() ? std::vector{problem.optimizer} : o.optimizers) {
            const comparison c = compare(problem, optimizer, o, laws, progress, done);
            tables += c.table.markdown() + "\n";
            report["problems"].push_back(c.table.json());
            rows.insert(rows.end(), c.rows.begin(), c.rows.end());
            const bool own = optimizer == problem.optimizer;
            examples::write_figure(c.picture, o.out + "/" + problem.name + (own ? "" : "_" + optimizer));
        }
    }
    tables += verdict_table(rows, o.optimizers.empty() ? "problem" : "optimizer");
    progress.finish();
    examples::write_json_file(o.out + "/compare_laws.json", report);
    nlohmann::json laws_json = nlohmann::json::array();
    for (const judged_run& row : rows) laws_json.push_back(row.json());
    examples::write_json_file(o.out + "/laws.json", laws_json);
    examples::write_file_atomically(o.out + "/tables.md", [&](std::ostream& stream) { stream << tables; });
    std::cout << tables;
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Compare the control laws on noise, regression, recovery, softmax regression and a small network");
    try {
        return run(read_options(app, argc, argv));
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "compare_laws: " << error.what() << '\n';
        return 1;
    }
}
