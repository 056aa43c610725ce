// Grids: what they expand to, how they are refused; bisection; what follows from sweeps and searches.
#include "speaker_verification/experiment/plan.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <set>

using namespace speaker_verification;

namespace {

const std::string head = R"(
name = "test"
[common.schedule]
max_steps = 100
[networks.resnet34.model]
stage_channels = 4
[combinations.resnet34-linbreg.sparsity]
alpha = 0.5
[variants.adaptive.sparsity]
law = "paper"
[variants.fixed]
oracle = true
[variants.fixed.sparsity]
law = "fixed"
[variants.dense]
)";

const std::string product = R"(
[[runs]]
networks = ["ecapa_tdnn", "resnet34"]
optimizers = ["adabreg", "linbreg"]
targets = [0.75, 0.9]
variants = ["adaptive"]
seeds = [1, 2, 3]
)";

const std::string dense = R"(
[[runs]]
networks = ["ecapa_tdnn"]
optimizers = ["adamw"]
variants = ["dense"]
)";

const std::string oracle = R"(
[[oracles]]
networks = ["ecapa_tdnn"]
optimizers = ["adabreg"]
variant = "fixed"
targets = [0.9]
runs = 20
)";

const std::string fixed = R"(
[[runs]]
networks = ["ecapa_tdnn"]
optimizers = ["adabreg"]
targets = [0.9]
variants = ["fixed"]
)";

const std::string sweep_of_dense = R"(
[[sweeps]]
network = "ecapa_tdnn"
optimizer = "adamw"
variant = "dense"
learning_rates = [0.001, 0.01]
weight_decays = [0.0001, 0.1]
)";

grid read(const std::string& text) { return read_grid(text, "grid"); }

std::set<std::string> names_in(const grid& read) {
    std::set<std::string> names;
    for (const auto& run : read.runs) names.insert(run.name);
    return names;
}

const planned_run& named(const std::vector<planned_run>& runs, const std::string& name) {
    for (const auto& run : runs) {
        if (run.name == name) return run;
    }
    throw std::runtime_error("there is no run " + name);
}

std::string refusal(const std::string& text) {
    try {
        read(text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_block_is_the_product_of_its_lists) {
    const auto asked = read(head + product + dense);
    BOOST_TEST(asked.runs.size() == 2u * 2u * 2u * 3u + 1u);
    BOOST_TEST(names_in(asked).size() == asked.runs.size());
    BOOST_TEST(names_in(asked).contains("resnet34-linbreg-t90-adaptive-s2"));
    BOOST_TEST(names_in(asked).contains("ecapa_tdnn-adamw-dense-s1"));
}

BOOST_AUTO_TEST_CASE(names_do_not_depend_on_the_order_of_blocks) {
    BOOST_CHECK(names_in(read(head + product + dense)) == names_in(read(head + dense + product)));
}

BOOST_AUTO_TEST_CASE(settings_come_from_common_network_combination_variant_and_target) {
    const auto asked = read(head + product);
    const auto& run = named(asked.runs, "resnet34-linbreg-t75-adaptive-s3");
    BOOST_TEST(run.all.schedule.max_steps == 100);
    BOOST_TEST(run.all.model.stage_channels == 4);
    BOOST_TEST(run.all.model.network == "resnet34");
    BOOST_TEST(run.all.optimizer.optimizer == "linbreg");
    BOOST_TEST(run.all.sparsity.target == .75);
    BOOST_TEST(run.all.sparsity.alpha == .5);
    BOOST_TEST(run.all.run.seed == 3);
    BOOST_TEST(run.all.optimizer.learning_rate == .1); // the optimizer's own default
    BOOST_TEST(named(asked.runs, "resnet34-adabreg-t75-adaptive-s3").all.sparsity.alpha == 1);
}

BOOST_AUTO_TEST_CASE(folds_differ_in_who_is_held_out_and_the_empty_one_is_none) {
    auto text = dense;
    text += "held_out_actors = [\"\", \"a,b\"]\n";
    const auto asked = read(head + text);
    BOOST_REQUIRE(asked.runs.size() == 2u);
    BOOST_TEST(asked.runs[0].name == "ecapa_tdnn-adamw-dense-s1");
    BOOST_TEST(asked.runs[1].name == "ecapa_tdnn-adamw-dense-s1-f2");
    BOOST_TEST(settings_text(asked.runs[1].all).find("a,b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_grid_is_refused_in_one_sentence) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"name = \"test\"\n[[runs]", "line 2 is not TOML"},
        {"nam = \"test\"\n" + product, "did you mean 'name'?"},
        {"name = \"test\"\n", "there is no run"},
        {head + product + product, "listed twice"},
        {head + "[[runs]]\nnetworks = [\"ecapa_tdnn\"]\noptimizers = [\"adabreg\"]\nvariants = [\"adaptive\"]\n",
         "needs 'targets'"},
        {head + "[[runs]]\nnetworks = []\n", "'networks' must be a list with at least one element"},
        {head + "[[runs]]\nnetwork = [\"ecapa_tdnn\"]\n", "did you mean 'networks'?"},
        {head + "[combinations.resnet34-adabreg]\nalpha = 0.25\n" + product, "put it into one"},
        {head + "[[runs]]\nnetworks = [\"ecapa_tdnn\"]\noptimizers = [\"adamw\"]\nvariants = [\"dens\"]\n",
         "did you mean 'dense'?"},
        {head + "[[runs]]\nnetworks = [\"ecapa\"]\noptimizers = [\"adamw\"]\nvariants = [\"dense\"]\n",
         "'network' is 'ecapa' but must be one of"},
        {head + fixed, "add an [[oracles]] block"},
        {"name = \"..\"\n" + product, "the grid's name is '..' but must be the name of one file or folder"},
        {head + "[variants.\"a/../../b\"]\n[[runs]]\nnetworks = [\"ecapa_tdnn\"]\noptimizers = [\"adamw\"]\n"
                "variants = [\"a/../../b\"]\n",
         "the name of a run is 'ecapa_tdnn-adamw-a/../../b-s1' but must be the name of one file or folder"},
        {head + product + "[variants.bad.sparsity]\nalpa = 1\n", "accepted"}, // not used, so never read
        {head + product + sweep_of_dense + sweep_of_dense, "listed twice"},
        {head + oracle + "[oracles.schedule]\nmax_step = 3\n" + product, "did you mean 'max_steps'?"},
        {head + "[[runs]]\nnetworks = [\"ecapa_tdnn\"]\noptimizers = [\"adabreg\"]\ntargets = [1.5]\n"
                "variants = [\"adaptive\"]\n",
         "'target' is 1.5"}};
    for (const auto& [text, words] : cases) {
        const auto sentence = refusal(text);
        BOOST_TEST(sentence.find(words) != std::string::npos, "'" << sentence << "' lacks '" << words << "'");
        BOOST_TEST(sentence.find('\n') == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_grids_of_the_repository_can_be_read) {
    std::size_t grids = 0;
    for (const auto& entry : std::filesystem::directory_iterator(GRIDS)) {
        const auto asked = read_grid_file(entry.path());
        BOOST_TEST(asked.name == entry.path().stem().string());
        BOOST_TEST(asked.oracles.empty() == (asked.name == "variants"), asked.name << " has other fixed lambdas");
        ++grids;
    }
    BOOST_TEST(grids == 5u);
}

BOOST_AUTO_TEST_CASE(bisection_reaches_every_target_of_a_monotone_function) {
    const std::vector<double> targets = {.75, .9, .95, .99};
    constexpr double tolerance = 1e-3;
    for (const double scale : {1e-3, 1.0, 400.0}) {
        const auto sparsity = [&](double lambda) { return lambda / (lambda + scale); };
        sparsity_by_lambda known;
        while (const auto lambda = next_lambda(known, targets, 1, tolerance)) {
            BOOST_REQUIRE(!known.contains(*lambda));
            known[*lambda] = sparsity(*lambda);
            BOOST_REQUIRE(known.size() < 80u);
        }
        for (const double target : targets) {
            BOOST_TEST(std::abs(known.at(nearest_lambda(known, target)) - target) <= tolerance);
            const auto bracket = bracket_of(known, target);
            if (bracket.too_dense) BOOST_TEST(sparsity(*bracket.too_dense) < target);
            if (bracket.too_sparse) BOOST_TEST(sparsity(*bracket.too_sparse) >= target);
        }
    }
}

BOOST_AUTO_TEST_CASE(bisection_ends_where_no_lambda_reaches_the_target) {
    sparsity_by_lambda known; // a jump over the target
    while (const auto lambda = next_lambda(known, {.5}, 1, 1e-3)) {
        known[*lambda] = *lambda < 10 ? 0 : 1;
        BOOST_REQUIRE(known.size() < 80u);
    }
    BOOST_TEST(nearest_lambda(known, .5) < 10.001);
}

BOOST_AUTO_TEST_CASE(runs_take_the_winner_of_their_sweep) {
    const auto asked = read(head + sweep_of_dense + dense);
    const auto plan = follow(asked, [](const planned_run& run) {
        const auto& chosen = run.all.optimizer;
        return std::optional(run_result{0, chosen.learning_rate + chosen.weight_decay});
    });
    BOOST_TEST(plan.sweeps.at(0).candidates.size() == 4u);
    BOOST_TEST(plan.runs.at(0).all.optimizer.learning_rate == .01);
    BOOST_TEST(plan.runs.at(0).all.optimizer.weight_decay == .1);
}

BOOST_AUTO_TEST_CASE(a_sweep_is_decided_when_each_candidate_has_a_result_or_was_given_up) {
    const auto asked = read(head + sweep_of_dense + dense);
    const auto all_but_the_best = [](const planned_run& run) -> std::optional<run_result> {
        const auto& chosen = run.all.optimizer;
        if (chosen.learning_rate == .01 && chosen.weight_decay == .1) return std::nullopt;
        return run_result{0, chosen.learning_rate + chosen.weight_decay};
    };
    const auto waiting = follow(asked, all_but_the_best);
    BOOST_TEST(!waiting.sweeps.at(0).winner);
    BOOST_TEST(waiting.waiting.size() == 1u);
    const auto decided = follow(asked, all_but_the_best, [](const planned_run&) { return true; });
    BOOST_TEST(decided.waiting.empty());
    BOOST_TEST(decided.runs.at(0).all.optimizer.learning_rate == .001);
    BOOST_TEST(decided.runs.at(0).all.optimizer.weight_decay == .1);
}

BOOST_AUTO_TEST_CASE(runs_take_the_lambda_of_their_search_and_wait_for_it) {
    const auto asked = read(head + oracle + fixed);
    const auto sparsity = [](const planned_run& run) {
        return std::optional(run_result{run.all.sparsity.lambda / (1 + run.all.sparsity.lambda), 0});
    };
    const auto plan = follow(asked, sparsity);
    BOOST_REQUIRE(plan.runs.size() == 1u);
    const double lambda = plan.runs[0].all.sparsity.lambda;
    BOOST_TEST(std::abs(lambda / (1 + lambda) - .9) <= asked.oracles[0].tolerance);

    BOOST_TEST(plan.oracles.at(0).known.size() < 20u); // it ended because it found all

    const auto nothing_done = follow(asked, [](const planned_run&) { return std::optional<run_result>(); });
    BOOST_TEST(nothing_done.runs.empty());
    BOOST_TEST(nothing_done.waiting.size() == 1u);
    BOOST_TEST(nothing_done.oracles.at(0).runs_left == 20);
}

BOOST_AUTO_TEST_CASE(a_search_that_must_end_early_has_served_its_targets_alike) {
    const std::vector<double> targets{.75, .9, .95, .99};
    sparsity_by_lambda known;
    const auto sparsity = [](double lambda) { return lambda / (.3 + lambda); };
    for (int runs = 0; runs < 14; ++runs) {
        const auto lambda = next_lambda(known, targets, 1, 1e-9);
        BOOST_REQUIRE(lambda.has_value());
        known[*lambda] = sparsity(*lambda);
    }
    for (const double target : targets) {
        BOOST_TEST(std::abs(known.at(nearest_lambda(known, target)) - target) < .02, target);
    }
}
