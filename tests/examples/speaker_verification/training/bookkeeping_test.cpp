#include "every_field.hpp"
#include "speaker_verification/training/loop/selection.hpp"
#include "speaker_verification/training/loop/training_clock.hpp"
#include "speaker_verification/training/reports/figures.hpp"
#include "speaker_verification/training/reports/step_log.hpp"
#include "speaker_verification/training/reports/summary.hpp"
#include "speaker_verification/training/reports/trial_conditions.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sys/resource.h>

using namespace speaker_verification;
using namespace speaker_verification::testing;

BOOST_AUTO_TEST_SUITE(bookkeeping)

BOOST_AUTO_TEST_CASE(only_models_near_the_target_are_selected) {
    gated_selection selection(0.01);
    BOOST_TEST(!selection.observe(10, 0.99, 0.85, 0.9)); // accurate, but too dense
    BOOST_TEST(selection.observe(20, 0.50, 0.905, 0.9));
    BOOST_TEST(!selection.observe(30, 0.50, 0.9, 0.9));
    BOOST_TEST(!selection.observe(40, 0.70, 0.92, 0.9));
    BOOST_TEST(selection.observe(50, 0.60, 0.891, 0.9));
    BOOST_TEST(selection.best_step() == 50);
    BOOST_TEST(selection.best_accuracy() == 0.6);
}

BOOST_AUTO_TEST_CASE(the_clock_goes_by_the_larger_share_of_steps_and_seconds) {
    schedule_settings length;
    length.max_steps = 1000;
    training_clock clock{100, 90};
    BOOST_TEST(clock.scheduled_step(length) == 100);
    length.max_seconds = 300;
    BOOST_TEST(clock.scheduled_step(length) == 300);
    clock.step = 400;
    BOOST_TEST(clock.scheduled_step(length) == 400);
    BOOST_TEST(!clock.finished(length));
    clock.seconds = 301;
    BOOST_TEST(clock.finished(length));
    BOOST_TEST(clock.share(length) == 1);
}

BOOST_AUTO_TEST_CASE(a_resumed_log_tells_no_step_twice) {
    const scratch_folder scratch;
    const auto path = scratch.path / "log.jsonl";
    {
        step_log log(path, 0);
        for (int step = 1; step <= 4; ++step) log.append({{"step", step}, {"loss", 1. / step}});
    }
    std::ofstream(path, std::ios::app) << "{\"step\": 5, \"lo"; // interrupted
    {
        step_log log(path, 3);
        log.append({{"step", 4}, {"loss", 7}});
    }
    const auto lines = read_step_log(path);
    BOOST_REQUIRE_EQUAL(lines.size(), 4u);
    for (int i = 0; i < 4; ++i) BOOST_TEST(lines[std::size_t(i)]["step"] == i + 1);
    BOOST_TEST(lines.back()["loss"] == 7);
    step_log fresh(path, 0);
    BOOST_TEST(read_step_log(path).empty());
}

BOOST_AUTO_TEST_CASE(a_line_of_a_log_with_brackets_of_many_levels_is_left_out) {
    const scratch_folder scratch;
    const auto path = scratch.path / "log.jsonl";
    std::ofstream(path) << "{\"step\": 1}\n{\"step\": 2, \"loss\": " << std::string(200, '[') << std::string(200, ']')
                        << "}\n{\"step\": 3}\n";
    const auto lines = read_step_log(path);
    BOOST_REQUIRE_EQUAL(lines.size(), 2u);
    BOOST_TEST(lines.back()["step"] == 3);
}

BOOST_AUTO_TEST_CASE(a_log_that_the_disk_does_not_take_is_an_error) {
    const scratch_folder scratch;
    step_log log(scratch.path / "log.jsonl", 0);
    // No file may grow beyond the limit: a write then fails as on a full disk.
    rlimit before{};
    BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{200, before.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto message = message_of([&] {
        for (int step = 1; step < 100; ++step) log.append({{"step", step}});
    });
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    BOOST_TEST(contains(message, "log.jsonl': check the space left on the disk"));
    BOOST_TEST(!read_step_log(scratch.path / "log.jsonl").empty());
}

BOOST_AUTO_TEST_CASE(the_headline_is_same_character_against_same_gender) {
    trial_list list{
        "actors",
        {},
        {},
    };
    list.trials = {{true, 0, 1, "same_character"},
                   {false, 0, 1, "same_gender"},
                   {false, 0, 1, "diff_gender"},
                   {true, 0, 1, "cross_character"},
                   {true, 0, 1, "same_character"}};
    const auto conditions = conditions_of(list);
    BOOST_REQUIRE_EQUAL(conditions.size(), 3u);
    BOOST_TEST(conditions[0].name == "actors");
    BOOST_TEST((conditions[0].trials == std::vector<std::size_t>{0, 1, 4}));
    BOOST_TEST(conditions[1].name == "actors/diff_gender");
    BOOST_TEST((conditions[1].trials == std::vector<std::size_t>{0, 2, 4}));
    BOOST_TEST(conditions[2].name == "actors/cross_character");
    BOOST_TEST((conditions[2].trials == std::vector<std::size_t>{1, 3}));
    list.trials.erase(list.trials.begin() + 3);
    BOOST_REQUIRE_EQUAL(conditions_of(list).size(), 1u);
    BOOST_TEST(conditions_of(list)[0].trials.size() == 4u);
    list.name = "fotaq_rotation_3s"; // whose actors may all have one role
    BOOST_REQUIRE_EQUAL(conditions_of(list).size(), 2u);
    BOOST_TEST((conditions_of(list)[0].trials == std::vector<std::size_t>{0, 1, 3}));
    BOOST_TEST(conditions_of(list)[1].name == "fotaq_rotation_3s/diff_gender");
}

namespace {

nlohmann::json scored_run(double sparsity, double headline) {
    const nlohmann::json list{{"eer", headline}, {"eer_low", 0.1}, {"eer_high", 0.3}};
    return {{"name", "demo"},
            {"optimizer", "adabreg"},
            {"target", 0.9},
            {"lambda", 0.7},
            {"steps", 100},
            {"network",
             {{"parameters", 1000},
              {"nonzeros", 100},
              {"sparsity", sparsity - 0.1}, // the target is about what is counted
              {"sparsity_of_counted", sparsity},
              {"sparsity_without_head", 0.88},
              {"bytes", {{"dense", 4000}, {"bitmap", 525}, {"csr", 900}, {"sparse", 510}}}}},
            {"lists", {{"fotaq_heldout_3s", list}, {"fotaq_heldout_3s/diff_gender", list}}}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_summary_holds_what_a_demo_must_show) {
    const auto summary = summarise_run(scored_run(0.9, 0.2), {{"build", 81.5}}, {scored_run(0, 0.22)});
    BOOST_TEST(summary["target"] == 0.9);
    BOOST_TEST(summary["lambda"] == 0.7);
    BOOST_TEST(summary["parameters"] == 1000);
    BOOST_TEST(summary["bytes"]["sparse"] == 510);
    BOOST_TEST(summary["eer"]["fotaq_heldout_3s"] == 0.2);
    BOOST_TEST(summary["seconds"]["build"] == 81.5);
    BOOST_TEST(summary["compared"].size() == 1u);
    const auto table = summary_table(summary);
    for (const char* part : {"0.9000", "0.7", "20.000 [10.0, 30.0]", "22.000", "LDA", "510"}) {
        BOOST_TEST(contains(table, part), part);
    }
}

BOOST_AUTO_TEST_CASE(a_demo_that_misses_its_target_or_its_headline_fails) {
    acceptance asked;
    asked.headline_eer = 0.25;
    const auto missed = [&](double sparsity, double eer) {
        return shortcomings(summarise_run(scored_run(sparsity, eer), {}, {}), asked);
    };
    BOOST_TEST(missed(0.909, 0.25).empty());
    BOOST_TEST(missed(0.889, 0.2).size() == 1u);
    BOOST_TEST(missed(0.95, 0.2555).size() == 2u);
    BOOST_TEST(contains(missed(0.9, 0.2555).at(0), "EER 25.550 % on fotaq_heldout_3s is above 25.0 %"));
    asked.headline_eer.reset();
    BOOST_TEST(missed(0.9, 0.9).empty());
}

BOOST_AUTO_TEST_CASE(figures_hold_the_numbers_of_the_log) {
    const std::vector<nlohmann::json> log = {
        {{"step", 10}, {"loss", 3.5}, {"accuracy", 0.1}, {"lambda", 1}, {"sparsity", 0.99}, {"target", 0.9}},
        {{"step", 15}, {"validation_accuracy", 0.2}, {"validation_loss", 3}, {"sparsity", 0.95}},
        {{"step", 20}, {"loss", 2.5}, {"accuracy", 0.3}, {"lambda", 0.5}, {"sparsity", 0.91}, {"target", 0.9}}};
    const auto lambda = lambda_figure(log);
    BOOST_TEST((lambda.series.at(0).x == std::vector<double>{10, 20}));
    BOOST_TEST((lambda.series.at(0).y == std::vector<double>{1, 0.5}));
    BOOST_TEST(lambda.references.at(0).y == 0.9);
    BOOST_TEST(learning_figure(log).series.size() == 4u);
    BOOST_TEST(contains(message_of([&] { lambda_figure({log[1]}); }), "no lambda"));
    const auto turnover = turnover_figure({{{"step", 10}, {"births", 20}, {"deaths", 0}, {"survivors", 80}},
                                           log[1],
                                           {{"step", 20}, {"births", 0}, {"deaths", 25}, {"survivors", 50}}});
    BOOST_TEST((turnover.series.at(0).x == std::vector<double>{10}));
    BOOST_TEST((turnover.series.at(0).y == std::vector<double>{20}));
    BOOST_TEST((turnover.series.at(1).x == std::vector<double>{20}));
    BOOST_TEST((turnover.series.at(1).y == std::vector<double>{50}));
    BOOST_TEST(contains(message_of([&] { turnover_figure(log); }), "no births or deaths"));
    // The first line does not tell what single steps did.
    const auto step_by_step = turnover_figure({{{"step", 5}, {"births", 3}, {"deaths", 0}, {"survivors", 7}},
                                               {{"step", 10},
                                                {"births", 1},
                                                {"deaths", 0},
                                                {"survivors", 99},
                                                {"births_in_steps", 40},
                                                {"deaths_in_steps", 39}}});
    BOOST_TEST((step_by_step.series.at(0).x == std::vector<double>{5, 10}));
    BOOST_TEST((step_by_step.series.at(1).x == std::vector<double>{10}));
    BOOST_TEST((step_by_step.series.at(1).name == "births, step by step"));
    BOOST_TEST((step_by_step.series.at(1).y == std::vector<double>{40}));
    const auto eer = eer_figure({scored_run(0.9, 0.2)});
    BOOST_TEST((eer.categories == std::vector<std::string>{"fotaq_heldout_3s"}));
    BOOST_TEST((eer.series.at(0).y == std::vector<double>{20}));
}

BOOST_AUTO_TEST_CASE(every_field_of_a_score_is_looked_at_as_if_typed) {
    const scratch_folder scratch;
    const auto file = scratch.path / "score.json";
    const auto look_at = [&](const nlohmann::json& score) {
        write_bytes(file, score.dump());
        return message_of([&] { summary_table(summarise_run(read_scored_run(scratch.path), {}, {})); });
    };
    const auto whole = scored_run(0.9, 0.2);
    BOOST_TEST(look_at(whole) == "nothing was thrown");
    for_each_change(whole, [&](const std::string& where, const nlohmann::json& score) {
        const auto message = look_at(score);
        const bool right = message == "nothing was thrown" ||
                           (message.starts_with("'" + file.string() + "' has no '") && !contains(message, "\n"));
        BOOST_TEST(right, where << ": " << message);
    });
    BOOST_TEST(look_at(nlohmann::json::object()) ==
               "'" + file.string() + "' has no 'name' as `score` writes it: score the network anew");
    write_bytes(file, "{\"name\": 1e999}");
    BOOST_TEST(contains(message_of([&] { read_scored_run(scratch.path); }),
                        "score.json' is not JSON (a number is too large)"));
}

BOOST_AUTO_TEST_SUITE_END()
