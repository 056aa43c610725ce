// Each claim's three verdicts, from made-up runs; intervals.
#include "speaker_verification/experiment/claims.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "synthetic_results.hpp"
#include "tolerances.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;

namespace {

using change = std::function<bool(synthetic_run&)>;

bool is(const synthetic_run& run, const char* variant) { return run.variant == variant; }

struct claim_case {
    const char* id;
    claim (*judge)(const experiment_results&);
    change breaks, leaves_out; ///< what makes it fail, and what leaves it without runs
};

const std::vector<claim_case> cases = {
    {"C1", judge_targets,
     [](auto& run) {
         if (is(run, variants::adaptive) && run.target == .99 && run.optimizer == "linbreg") run.sparsity = .97;
         return true;
     },
     [](auto& run) { return run.network != "resnet34"; }},
    {"C2", judge_lambda_ratio,
     [](auto& run) {
         if (run.optimizer == "linbreg") run.lambda = 1;
         return true;
     },
     [](auto& run) { return run.optimizer != "linbreg"; }},
    {"C3", judge_early_convergence,
     [](auto& run) {
         if (is(run, variants::adaptive)) run.swiftness = 1;
         return true;
     },
     [](auto& run) { return !is(run, variants::fixed); }},
    {"C4", judge_final_eer,
     [](auto& run) {
         if (is(run, variants::adaptive)) run.eer += .1;
         return true;
     },
     [](auto& run) { return !is(run, variants::fixed); }},
    {"C5", judge_out_of_distribution,
     [](auto& run) {
         if (is(run, variants::dense)) run.eer_elsewhere = .1;
         return true;
     },
     [](auto& run) { return !is(run, variants::dense); }},
    {"C6", judge_prox_rescaled,
     [](auto& run) {
         if (is(run, "prox_rescaled") && run.optimizer == "linbreg") run.norm = 11;
         return true;
     },
     [](auto& run) { return !is(run, "prox_rescaled") || run.optimizer != "linbreg"; }},
    {"C7", judge_ratio_rules,
     [](auto& run) {
         if (is(run, "predictive")) run.sparsity = .9;
         return true;
     },
     [](auto& run) { return !is(run, "predictive"); }},
    {"C8", judge_oscillation,
     [](auto& run) {
         run.swing = 0;
         return true;
     },
     [](auto& run) { return run.network != "resnet34"; }},
    {"C9", judge_layers,
     [](auto& run) {
         run.first_layer = run.target.value_or(0);
         return true;
     },
     [](auto& run) { return !is(run, variants::gradual); }},
    {"C10", judge_norms,
     [](auto& run) {
         if (is(run, variants::adaptive) && run.target == .99) run.norm = 200;
         return true;
     },
     [](auto& run) { return !is(run, variants::dense); }}};

} // namespace

BOOST_AUTO_TEST_CASE(every_claim_holds_fails_and_stays_open) {
    const auto all = synthetic_experiment();
    for (const auto& each : cases) {
        const auto holds = each.judge(all);
        const auto fails = each.judge(synthetic_experiment(each.breaks));
        const auto open = each.judge(synthetic_experiment(each.leaves_out));
        BOOST_TEST(holds.id == each.id);
        BOOST_TEST(in_words(holds.decided) == "holds", each.id << ": " << holds.measured << "; " << holds.reason);
        BOOST_TEST(in_words(fails.decided) == "does not hold",
                   each.id << ": " << fails.measured << "; " << fails.reason);
        BOOST_TEST(in_words(open.decided) == "not decided", each.id << ": " << open.measured << "; " << open.reason);
        for (const auto& judged : {holds, fails, open}) {
            BOOST_TEST(!judged.reason.empty());
            BOOST_TEST(!judged.measured.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(without_runs_nothing_is_decided) {
    const auto claims = judge_claims(experiment_results{});
    BOOST_TEST(claims.size() == 10u);
    for (const auto& each : claims) BOOST_TEST(in_words(each.decided) == "not decided", each.id);
}

BOOST_AUTO_TEST_CASE(oscillation_beside_phantom_speakers_counts_too) {
    auto results = synthetic_experiment([](synthetic_run& run) {
        run.swing = 0;
        return true;
    });
    BOOST_TEST(in_words(judge_oscillation(results).decided) == "does not hold");
    for (const std::int64_t seed : {1, 2})
        results.runs.push_back(record_of({.network = "resnet34",
                                          .optimizer = "adabreg",
                                          .variant = variants::phantoms,
                                          .target = .95,
                                          .seed = seed,
                                          .sparsity = .95,
                                          .swing = .02}));
    const auto judged = judge_oscillation(results);
    BOOST_TEST(in_words(judged.decided) == "holds");
    BOOST_TEST(judged.measured.find("adabreg with phantom speakers: 2 of 2 runs") != std::string::npos,
               judged.measured);
}

BOOST_AUTO_TEST_CASE(one_pair_gives_no_interval_and_so_no_verdict) {
    const auto one = synthetic_experiment([](const auto& run) {
        return run.seed == 1 && run.network == "ecapa_tdnn" && run.optimizer == "adabreg" && run.target == .9;
    });
    for (const auto judge : {judge_early_convergence, judge_final_eer}) {
        const auto judged = judge(one);
        BOOST_TEST(in_words(judged.decided) == "not decided");
        BOOST_TEST(judged.number.value().count == 1u);
        BOOST_TEST(!judged.number->range);
    }
}

BOOST_AUTO_TEST_CASE(one_seed_decides_no_mean) {
    const auto one = synthetic_experiment([](const auto& run) { return run.seed == 1; });
    for (const auto judge : {judge_early_convergence, judge_final_eer, judge_out_of_distribution, judge_layers}) {
        const auto judged = judge(one);
        BOOST_TEST(in_words(judged.decided) == "not decided", judged.id);
        BOOST_TEST(judged.number.has_value());
    }
    BOOST_TEST(in_words(judge_targets(one).decided) == "holds"); // a statement about every run
}

BOOST_AUTO_TEST_CASE(claims_as_json_have_sizes_seeds_and_interval) {
    const auto results = synthetic_experiment();
    const auto claims = json_of_claims(judge_claims(results));
    const auto& c4 = claims.at(3);
    BOOST_TEST(c4.at("id").get<std::string>() == "C4");
    BOOST_CHECK((c4.at("seeds") == nlohmann::json{1, 2, 3}));
    BOOST_TEST(c4.at("sizes").at("runs").get<int>() == 2 * 2 * 2 * 4 * 3);
    const auto& interval = c4.at("number").at("interval");
    const double mean = c4.at("number").at("mean");
    BOOST_TEST(interval.at(0).get<double>() <= mean);
    BOOST_TEST(interval.at(1).get<double>() >= mean);
}

BOOST_AUTO_TEST_CASE(a_mean_has_students_interval) {
    const auto one = mean_with_interval(std::vector<double>{4});
    BOOST_TEST(one.mean == 4);
    BOOST_TEST(!one.range);
    const auto three = mean_with_interval(std::vector<double>{1, 2, 3});
    // t of 2 degrees of freedom at .95 is 2.919986; deviation 1.
    BOOST_TEST(three.range.value().high - three.mean == 2.919986 / std::sqrt(3.0), boost::test_tools::tolerance(1e-6));
    BOOST_TEST(three.mean - three.range->low == three.range->high - three.mean,
               boost::test_tools::tolerance(bregman::testing::tolerance<double>::many_steps));
    BOOST_CHECK_THROW(mean_with_interval(std::vector<double>{}), std::invalid_argument);
}

namespace {

/// Four speakers, each with four targets and a non-target against each other; `shift` moves the non-targets.
std::vector<speaker_trial> trials_with(double shift, int seed) {
    std::vector<speaker_trial> trials;
    for (int a = 0; a < 4; ++a) {
        const auto name = std::to_string(a);
        for (int i = 0; i < 4; ++i) trials.push_back({name, name, .1 * ((7 * a + 3 * i + seed) % 10)});
        for (int b = 0; b < a; ++b) trials.push_back({name, std::to_string(b), shift + .1 * ((5 * a + b + seed) % 9)});
    }
    return trials;
}

} // namespace

BOOST_AUTO_TEST_CASE(error_rates_of_equal_systems_differ_by_nothing) {
    const std::vector<replicate_trials> system = {{trials_with(0, 0)}, {trials_with(0, 1)}, {trials_with(0, 2)}};
    const auto none = equal_error_rate_difference(system, system);
    BOOST_TEST(none.mean == 0);
    BOOST_TEST(none.range.value().low == 0);
    BOOST_TEST(none.range->high == 0);
}

BOOST_AUTO_TEST_CASE(a_worse_system_has_a_difference_above_zero_and_the_sign_turns) {
    const std::vector<replicate_trials> good = {{trials_with(-.5, 0)}, {trials_with(-.5, 1)}};
    const std::vector<replicate_trials> bad = {{trials_with(.3, 0)}, {trials_with(.3, 1)}};
    const auto worse = equal_error_rate_difference(bad, good), better = equal_error_rate_difference(good, bad);
    BOOST_TEST(worse.mean > 0);
    BOOST_TEST(worse.range.value().low <= worse.mean);
    BOOST_TEST(worse.range->high >= worse.mean);
    BOOST_TEST(better.mean == -worse.mean);
    BOOST_TEST(worse.mean == mean_equal_error_rate(bad).mean - mean_equal_error_rate(good).mean,
               boost::test_tools::tolerance(bregman::testing::tolerance<double>::many_steps));
    BOOST_CHECK_THROW(equal_error_rate_difference(bad, {bad[0]}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(folds_are_averaged_over_their_speakers) {
    const replicate_trials rotation = {trials_with(-.5, 0), trials_with(.3, 1)};
    const double joined = mean_equal_error_rate({rotation}).mean;
    const double first = mean_equal_error_rate({{rotation[0]}}).mean,
                 second = mean_equal_error_rate({{rotation[1]}}).mean;
    BOOST_TEST(joined == (first + second) / 2,
               boost::test_tools::tolerance(1e-12)); // as many speakers in both
}

BOOST_AUTO_TEST_CASE(oscillation_counts_sides_and_ignores_small_readings) {
    synthetic_run run{"resnet34", "adabreg", variants::adaptive, .95, 1, .95};
    run.swing = 2 * oscillation::outside;
    BOOST_TEST(late_oscillation(record_of(run)).crossings == 10); // 11 lines from step 300 on
    run.swing = oscillation::outside / 2;
    BOOST_TEST(late_oscillation(record_of(run)).crossings == 0);
}

BOOST_AUTO_TEST_CASE(a_fixed_lambda_that_no_search_found_is_no_oracle) {
    auto results =
        synthetic_experiment([](const auto& run) { return run.network == "ecapa_tdnn" && run.optimizer == "adabreg"; });
    for (auto& run : results.runs) run.plan.oracle_lambda = run.plan.variant == variants::fixed;
    for (const auto judge : {judge_early_convergence, judge_final_eer}) {
        BOOST_TEST(in_words(judge(results).decided) == "not decided");
        BOOST_TEST(judge(results).measured.find("adabreg at 0.75 on ecapa_tdnn") != std::string::npos);
    }
    oracle_outcome outcome;
    outcome.asked.base = results.where({{}, {}, variants::fixed, .9}).front()->plan;
    outcome.asked.targets = {.75, .9};
    outcome.known = {{4, .8}, {8, .905}}; // .75 was missed by .05
    results.oracles.push_back(outcome);
    for (const auto judge : {judge_early_convergence, judge_final_eer}) {
        const auto judged = judge(results);
        BOOST_TEST(judged.number.value().count == 3u); // the seeds of .9
        BOOST_TEST(judged.measured.find("left out") != std::string::npos);
    }
}
