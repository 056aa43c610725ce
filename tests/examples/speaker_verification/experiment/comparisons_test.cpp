// The paper's law beside other methods at equal sparsity, from made-up runs.
#include "speaker_verification/experiment/comparisons.hpp"
#include "synthetic_results.hpp"
#include "tolerances.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace speaker_verification;

namespace {

/// The synthetic experiment, where adaptive runs have an EER near .2 and an accuracy near .9, and one method more on ECAPA-TDNN
/// at .9.
experiment_results results_with(const synthetic_run& method, std::int64_t seeds = 3) {
    auto results = synthetic_experiment();
    for (std::int64_t seed = 1; seed <= seeds; ++seed) {
        auto run = method;
        run.seed = seed;
        results.runs.push_back(record_of(run));
    }
    return results;
}

/// That of an optimizer's adaptive runs with the method.
method_comparison comparison_with(const experiment_results& results, const std::string& optimizer,
                                  const std::string& variant) {
    const auto all = comparisons_of(results);
    const auto found = std::find_if(all.begin(), all.end(), [&](const method_comparison& each) {
        return each.network == "ecapa_tdnn" && each.optimizer == optimizer && each.target == .9 &&
               each.other_variant == variant;
    });
    BOOST_TEST_REQUIRE((found != all.end()), optimizer << " is not compared with " << variant);
    return *found;
}

synthetic_run method(const char* optimizer, const char* variant, double eer, double accuracy) {
    return {.network = "ecapa_tdnn",
            .optimizer = optimizer,
            .variant = variant,
            .target = .9,
            .sparsity = .9,
            .accuracy = accuracy,
            .eer = eer};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_difference_decides_for_the_side_on_which_its_interval_lies) {
    for (const auto& optimizer : paper_optimizers) {
        const auto worse = comparison_with(results_with(method("adamw", "rigl", .3, .5)), optimizer, "rigl");
        BOOST_TEST(worse.pairs.size() == 3u);
        BOOST_TEST((worse.by_eer == winner::paper));
        BOOST_TEST((worse.by_accuracy == winner::paper));
        BOOST_TEST(worse.accuracy.mean == .402,
                   boost::test_tools::tolerance(bregman::testing::tolerance<double>::rounding));

        const auto better = comparison_with(results_with(method("adamw", "set", .1, .99)), optimizer, "set");
        BOOST_TEST((better.by_eer == winner::other));
        BOOST_TEST((better.by_accuracy == winner::other));
    }
    // The noise of the seeds, .001 to .003, around .002.
    const auto equal = comparison_with(results_with(method("adabreg", "settling", .202, .902)), "adabreg", "settling");
    BOOST_TEST((equal.by_eer == winner::nobody));
    BOOST_TEST((equal.by_accuracy == winner::nobody));
    BOOST_TEST(equal.eer.at("headline").range.has_value());
}

BOOST_AUTO_TEST_CASE(one_seed_decides_nothing) {
    const auto alone = comparison_with(results_with(method("adamw", "rigl", .4, .1), 1), "adabreg", "rigl");
    BOOST_TEST(alone.pairs.size() == 1u);
    BOOST_TEST((alone.by_eer == winner::nobody));
    BOOST_TEST((alone.by_accuracy == winner::nobody));
}

BOOST_AUTO_TEST_CASE(what_misses_its_sparsity_is_left_out) {
    auto denser = method("adamw", "hypersparse", .1, .99);
    denser.sparsity = .88;
    const auto seen = comparison_with(results_with(denser), "linbreg", "hypersparse");
    BOOST_TEST(seen.pairs.empty());
    BOOST_TEST(seen.left_out == 3u);
    BOOST_TEST((seen.by_eer == winner::nobody));
    BOOST_TEST(json_of_comparisons({seen}).at(0).at("accuracy").is_null());
}

BOOST_AUTO_TEST_CASE(optimizers_of_the_paper_are_compared_with_themselves_and_with_all_others) {
    const auto results = results_with(method("linbreg", "momentum", .3, .5));
    for (const auto& each : comparisons_of(results)) {
        const bool same = each.other_optimizer == each.optimizer;
        BOOST_TEST((same || each.other_optimizer == "adamw"), each.optimizer << " and " << each.other_optimizer);
        BOOST_TEST((!same || each.other_variant != variants::adaptive));
        BOOST_TEST((each.other_variant != "momentum" || each.optimizer == "linbreg"));
    }
    // Against the dense network each of the targets counts.
    const auto all = comparisons_of(results);
    const auto dense =
        std::count_if(all.begin(), all.end(), [](const auto& each) { return each.other_variant == variants::dense; });
    BOOST_TEST(std::size_t(dense) == paper_networks.size() * paper_optimizers.size() * paper_targets.size());
}

BOOST_AUTO_TEST_CASE(the_file_of_comparisons_names_both_sides) {
    const auto json =
        json_of_comparisons({comparison_with(results_with(method("adamw", "rigl", .3, .5)), "adabreg", "rigl")});
    const auto& row = json.at(0);
    BOOST_TEST(row.at("other").at("variant") == "rigl");
    BOOST_TEST(row.at("seeds") == 3);
    BOOST_TEST(row.at("eer_decides_for") == "paper");
    BOOST_TEST(row.at("eer").at("headline").at("high").get<double>() < 0);
    BOOST_TEST(row.at("eer").contains("elsewhere"));
}
