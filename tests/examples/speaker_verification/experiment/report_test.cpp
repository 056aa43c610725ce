// Figures, tables, report and what is written, from made-up runs.
#include "common/figure_check.hpp"
#include "common/json_file.hpp"
#include "examples/common/scratch_folder.hpp"
#include "speaker_verification/experiment/report.hpp"
#include "synthetic_results.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace speaker_verification;

namespace {

/// With an oracle search for both optimizers, whose runs are there too.
experiment_results results_with_search() {
    auto results = synthetic_experiment();
    for (const auto& optimizer : paper_optimizers) {
        oracle_outcome outcome;
        outcome.asked.base = results.where({"ecapa_tdnn", optimizer, variants::fixed, .9}).front()->plan;
        outcome.asked.targets = {.9};
        for (const double lambda : {.5, 2.0, 8.0}) {
            synthetic_run run{"ecapa_tdnn", optimizer, variants::fixed, .9, 1, lambda / (1 + lambda), lambda};
            results.searched.push_back(record_of(run));
            outcome.tried.push_back(results.searched.back().plan);
            outcome.known[lambda] = run.sparsity;
        }
        results.oracles.push_back(std::move(outcome));
    }
    return results;
}

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_CASE(every_figure_of_the_paper_can_be_drawn) {
    std::set<int> numbers;
    for (const auto& each : figures_of(results_with_search())) {
        numbers.insert(each.number);
        BOOST_TEST(each.picture.has_value(), each.name << ": " << each.missing);
        if (each.picture) BOOST_CHECK_NO_THROW(examples::check_figure(*each.picture));
        BOOST_TEST(!each.caption.empty());
    }
    BOOST_TEST(numbers.size() == 15u);
    BOOST_TEST(*numbers.begin() == 1);
    BOOST_TEST(*numbers.rbegin() == 15);
}

BOOST_AUTO_TEST_CASE(a_figure_without_runs_says_what_it_needs) {
    for (const auto& each : figures_of(experiment_results{})) {
        BOOST_TEST(!each.picture, each.name);
        BOOST_TEST(!each.missing.empty(), each.name);
        BOOST_TEST(!each.caption.empty(), each.name);
    }
}

BOOST_AUTO_TEST_CASE(a_report_is_written_whole) {
    const scratch_folder scratch;
    const auto results = results_with_search();
    write_report(results, {"test", "scripts/reproduce --grid test", "a machine"}, scratch.path);
    for (const char* file :
         {"report.md", "report.html", "claims.json", "comparisons.json", "oracle.json", "oracle.md"}) {
        BOOST_TEST(std::filesystem::exists(scratch.path / file), file);
    }
    const auto report = contents(scratch.path / "report.md");
    for (const char* words : {"C1 |", "C10 |", "scripts/reproduce --grid test", "a machine", "Deviations",
                              "figures/fig01", "Fixed lambdas", "Every run"}) {
        BOOST_TEST(has(report, words), words);
    }
    for (const char* placeholder : {"nan", "inf]", "%zu", "%s", "%g", "|  |  |"}) {
        BOOST_TEST(!has(report, placeholder), placeholder);
    }
    const auto page = contents(scratch.path / "report.html");
    BOOST_TEST(page.rfind("<!DOCTYPE html>", 0) == 0u);
    BOOST_TEST(has(page, "</html>"));
    BOOST_TEST(examples::read_json_file(scratch.path / "claims.json").at("claims").size() == 10u);

    // Every linked picture was drawn.
    for (const auto& each : figures_of(results)) {
        const auto picture = contents(scratch.path / "figures" / (each.name + ".svg"));
        BOOST_TEST(has(picture, "<svg"), each.name);
        BOOST_TEST(has(picture, "</svg>"), each.name);
        BOOST_TEST(std::filesystem::file_size(scratch.path / "figures" / (each.name + ".png")) > 1000u);
        BOOST_TEST(has(report, "figures/" + each.name + ".svg"), each.name);
    }
}

BOOST_AUTO_TEST_CASE(a_report_of_nothing_says_so) {
    experiment_results nothing;
    planned_run run;
    run.name = "ecapa_tdnn-adabreg-t90-adaptive-s1";
    nothing.missing.push_back({run, "it was not run yet"});
    const auto report = to_markdown(report_of(nothing, judge_claims(nothing), figures_of(nothing), {"test", "c", "m"}));
    BOOST_TEST(has(report, "0 runs"));
    BOOST_TEST(has(report, "t90-adaptive-s1: it was not run yet"));
    BOOST_TEST(has(report, "Not drawn"));
}

BOOST_AUTO_TEST_CASE(oracles_as_json_have_bracket_and_choice) {
    const auto oracles = json_of_oracles(results_with_search().oracles);
    const auto& target = oracles.at(0).at("targets").at(0);
    BOOST_TEST(target.at("lambda").get<double>() == 8); // 8/9 is nearest to .9
    BOOST_TEST(target.at("too_dense").get<double>() == 8);
    BOOST_TEST(target.at("too_sparse").is_null());
    BOOST_TEST(oracles.at(0).at("tried").size() == 3u);
}

BOOST_AUTO_TEST_CASE(text_stands_for_itself_in_both_kinds_of_report) {
    const document blocks = {paragraph{"a_b | c < d & e"}, table{{"x|y"}, {{"*1*"}}}};
    BOOST_TEST(to_markdown(blocks) == "a\\_b \\| c \\< d & e\n\n| x\\|y |\n|---|\n| \\*1\\* |\n\n");
    const auto page = to_html(blocks, "t");
    BOOST_TEST(has(page, "<p>a_b | c &lt; d &amp; e</p>"));
    BOOST_TEST(has(page, "<td>*1*</td>"));
}
