// Which rows of a classifier must die is known when they belong to classes that never occur. Prints the table of
// docs/phantom_classes.md.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/json_file.hpp"
#include "teaching/phantom_classes/phantom.hpp"

namespace {

using namespace phantom_classes;

struct row {
    const char* name;
    variant chosen;
};

constexpr const char* name_of(head h) {
    return h == head::linear   ? "linear"
           : h == head::bias   ? "linear, bias"
           : h == head::cosine ? "cosine"
                               : "gate, bias";
}

constexpr const char* name_of(method m) {
    return m == method::linbreg ? "LinBreg" : m == method::adabreg ? "AdaBreg" : "AdaBreg, one moment";
}

std::vector<row> all_rows() {
    std::vector<row> rows;
    for (const head h : {head::linear, head::bias, head::cosine, head::gate})
        for (const method m : {method::linbreg, method::adabreg, method::adabreg_mini}) {
            const variant plain{.scores = h, .optimizer = m};
            const auto add = [&](const char* name, auto change) {
                variant changed = plain;
                change(changed);
                rows.push_back({name, changed});
            };
            add("settling law", [](variant&) {});
            add("quantile law", [](variant& v) { v.law = "quantile"; });
            add("the paper's law", [](variant& v) { v.law = "paper"; });
            add("leak 1e-3", [](variant& v) { v.leak = 1e-3; });
            add("leak 1e-2", [](variant& v) { v.leak = 1e-2; });
            add("decay 0.1 in v", [](variant& v) { v.decay = 0.1; });
            if (m == method::adabreg) add("epsilon 1e-4", [](variant& v) { v.epsilon = 1e-4; });
            if (m == method::adabreg) add("epsilon 1e-2", [](variant& v) { v.epsilon = 1e-2; });
            if (m == method::adabreg) add("birth by evidence", [](variant& v) { v.births_by_evidence = true; });
        }
    return rows;
}

int run_all(double target, int steps, int seeds, const std::string& out) {
    nlohmann::json results = nlohmann::json::array();
    std::printf("| head | optimizer | setting | phantom rows dead, %% | real rows alive, %% | accuracy, %% | s, %% |\n"
                "|---|---|---|---|---|---|---|\n");
    for (const row& r : all_rows()) {
        outcome mean;
        for (int seed = 1; seed <= seeds; ++seed) {
            const outcome one = run(r.chosen, target, steps, std::uint64_t(seed));
            mean.dead += one.dead / seeds, mean.alive += one.alive / seeds, mean.accuracy += one.accuracy / seeds;
            mean.sparsity += one.sparsity / seeds, mean.lambda += one.lambda / seeds;
        }
        const variant& v = r.chosen;
        std::printf("| %s | %s | %s | %.1f | %.1f | %.1f | %.2f |\n", name_of(v.scores), name_of(v.optimizer), r.name,
                    100 * mean.dead, 100 * mean.alive, 100 * mean.accuracy, 100 * mean.sparsity);
        results.push_back({{"head", name_of(v.scores)},
                           {"optimizer", name_of(v.optimizer)},
                           {"law", v.law},
                           {"leak", v.leak},
                           {"decay", v.decay},
                           {"epsilon", v.epsilon},
                           {"births_by_evidence", v.births_by_evidence},
                           {"phantom_rows_dead", mean.dead},
                           {"real_rows_alive", mean.alive},
                           {"accuracy", mean.accuracy},
                           {"sparsity", mean.sparsity},
                           {"lambda", mean.lambda}});
    }
    examples::write_json_file(out + "/phantom_classes.json",
                              {{"target", target}, {"steps", steps}, {"seeds", seeds}, {"results", results}});
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Rows of classes that never occur: which optimizers let them die");
    double target = 0.95;
    int steps = 3000, seeds = 1;
    std::string out = "results/phantom_classes";
    app.add_option("--target", target, "sparsity asked for")->check(CLI::Range(0.01, 0.999))->capture_default_str();
    app.add_option("--steps", steps, "of each run")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--seeds", seeds, "draws of the data, seeds 1, 2, ...")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    app.add_option("--out", out, "folder for phantom_classes.json")->capture_default_str();
    try {
        app.parse(argc, argv);
        return run_all(target, steps, seeds, out);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "phantom_classes: " << error.what() << '\n';
        return 1;
    }
}
