#include "common/json_file.hpp"
#include "speaker_verification/training/reports/scored_configuration.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

using names = std::vector<std::string>;

/// Six scores for each of the speakers' own and other pairs; targets are higher by `gap`.
std::vector<trial_score> scores_of(const names& speakers, std::uint64_t seed, double gap) {
    counter_random random(seed, 0, 0);
    std::vector<trial_score> scores;
    for (std::size_t a = 0; a < speakers.size(); ++a) {
        for (std::size_t b = a; b < speakers.size(); ++b) {
            for (int i = 0; i < 6; ++i) {
                const double cosine = random.uniform() + (a == b ? gap : 0);
                scores.push_back({speakers[a], speakers[b], a == b ? "same_character" : "same_gender", cosine,
                                  2 * cosine + (a == b)});
            }
        }
    }
    return scores;
}

struct scored_folders {
    scratch_folder scratch;

    /// What `score` leaves of a network: one list of trials among `held_out`, which also names the fold.
    std::filesystem::path add(const std::string& name, int seed, const names& held_out, double gap = .3,
                              double target = .9, const std::string& list = "fotaq_heldout_3s") const {
        const auto folder = scratch.path / name;
        write_trial_scores(folder / "scores" / (list + ".csv"), scores_of(held_out, std::uint64_t(seed), gap));
        examples::write_json_file(folder / "score.json",
                                  {{"seed", seed},
                                   {"configuration", {{"target", target}}},
                                   {"held_out_actors", held_out},
                                   {"lists", {{list, nlohmann::json::object()}}},
                                   {"closed_set", {{"accuracy", .5}, {"by_speaker", {{"x", {1, 2}}, {"y", {3, 6}}}}}}});
        return folder;
    }
};

const names three = {"anna", "bert", "cleo"}, two = {"dan", "eva"};

} // namespace

BOOST_AUTO_TEST_SUITE(scored_configurations)

BOOST_AUTO_TEST_CASE(written_scores_read_back) {
    const scratch_folder scratch;
    const auto scores = scores_of(three, 1, .3);
    write_trial_scores(scratch.path / "a.csv", scores);
    const auto read = read_trial_scores(scratch.path / "a.csv");
    BOOST_REQUIRE_EQUAL(read.size(), scores.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        BOOST_TEST(read[i].speaker_a == scores[i].speaker_a);
        BOOST_TEST(read[i].type == scores[i].type);
        BOOST_TEST(read[i].cosine == scores[i].cosine, boost::test_tools::tolerance(1e-8));
        BOOST_TEST(read[i].as_norm == scores[i].as_norm, boost::test_tools::tolerance(1e-8));
    }
    BOOST_TEST(contains(message_of([&] { write_trial_scores(scratch.path / "b", {{"a,b", "c", "d"}}); }), "'a,b'"));
    write_bytes(scratch.path / "a.csv", "speaker_a,speaker_b,type,cosine,as_norm\na,b,any,high,1\n");
    BOOST_TEST(contains(message_of([&] { read_trial_scores(scratch.path / "a.csv"); }), "line 2"));
}

BOOST_AUTO_TEST_CASE(seeds_average_and_one_of_them_has_the_interval_of_the_bootstrap) {
    const scored_folders folders;
    const auto a = folders.add("a", 1, three), b = folders.add("b", 2, three);
    const auto alone = compare_configurations(read_scored_configuration({a}), {}, &trial_score::cosine);
    std::vector<speaker_trial> trials;
    for (const auto& each : read_trial_scores(a / "scores/fotaq_heldout_3s.csv")) {
        trials.push_back({each.speaker_a, each.speaker_b, each.cosine});
    }
    const auto sure = bootstrap_equal_error_rate(trials);
    const auto& one = alone["figures"]["fotaq_heldout_3s"];
    BOOST_TEST(one["low"].get<double>() == sure.low, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(one["high"].get<double>() == sure.high, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(one["speakers"] == 3);
    BOOST_TEST(alone["figures"]["closed_set"]["value"] == .5);
    const auto both = compare_configurations(read_scored_configuration({b, a}), {}, &trial_score::cosine);
    const auto& mean = both["figures"]["fotaq_heldout_3s"];
    BOOST_TEST((both["seeds"] == nlohmann::json{1, 2}));
    BOOST_TEST(mean["by_seed"][0] == one["value"]);
    BOOST_TEST(mean["value"].get<double>() == (mean["by_seed"][0].get<double>() + mean["by_seed"][1].get<double>()) / 2,
               boost::test_tools::tolerance(1e-12));
    BOOST_TEST(contains(comparison_table(both), "fotaq_heldout_3s, 3 speakers\n  EER "));
}

BOOST_AUTO_TEST_CASE(folds_pool_to_one_figure_over_all_their_actors) {
    const scored_folders folders;
    const auto a = folders.add("a", 1, three);
    const auto b = folders.add("b", 1, two, .3, .9, "fotaq_rotation_3s");
    const auto figure = [](const std::vector<std::filesystem::path>& paths, const std::string& name) {
        return compare_configurations(read_scored_configuration(paths), {}, &trial_score::cosine)["figures"][name];
    };
    const auto pooled = figure({a, b}, "rotation");
    BOOST_TEST(pooled["speakers"] == 5);
    BOOST_TEST(pooled["value"].get<double>() == .6 * figure({a}, "fotaq_heldout_3s")["value"].get<double>() +
                                                    .4 * figure({b}, "fotaq_rotation_3s")["value"].get<double>(),
               boost::test_tools::tolerance(1e-12));
    BOOST_TEST(pooled["low"] < pooled["high"]);
}

BOOST_AUTO_TEST_CASE(a_difference_tells_configurations_apart_when_its_interval_does) {
    const scored_folders folders;
    const auto good = read_scored_configuration(
        {folders.add("a", 1, three, 2), folders.add("b", 2, three, 2)}); // all targets above all others
    const auto bad =
        read_scored_configuration({folders.add("c", 1, three, .3, .5), folders.add("d", 2, three, .3, .5)});
    const auto better = compare_configurations(good, bad, &trial_score::cosine);
    const auto& difference = better["figures"]["fotaq_heldout_3s"]["difference"];
    BOOST_TEST(difference["verdict"] == "better");
    BOOST_TEST(difference["better_or_equal"] == 1);
    BOOST_TEST(difference["at_most_worse_by"] == 0);
    BOOST_TEST(difference["high"].get<double>() < 0);
    const auto worse = compare_configurations(bad, good, &trial_score::cosine);
    BOOST_TEST(worse["figures"]["fotaq_heldout_3s"]["difference"]["verdict"] == "worse");
    const auto itself = compare_configurations(good, good, &trial_score::cosine);
    BOOST_TEST(itself["figures"]["fotaq_heldout_3s"]["difference"]["verdict"] == "not told apart");
    BOOST_TEST(contains(comparison_table(better), "points [-"));
    // The normalised scores of these folders lie further apart than their cosines.
    const auto normalised = compare_configurations(bad, {}, &trial_score::as_norm);
    BOOST_TEST(normalised["figures"]["fotaq_heldout_3s"]["value"].get<double>() <
               better["figures"]["fotaq_heldout_3s"]["against"]["value"].get<double>());
}

BOOST_AUTO_TEST_CASE(networks_that_do_not_belong_together_are_refused) {
    const scored_folders folders;
    const auto a = folders.add("a", 1, three), again = folders.add("again", 1, three),
               other = folders.add("other", 2, three, .3, .95), fold = folders.add("fold", 1, two),
               seed = folders.add("seed", 2, three);
    const auto read = [](const std::vector<std::filesystem::path>& paths) {
        return message_of([&] { read_scored_configuration(paths); });
    };
    BOOST_TEST(contains(read({a, other}), "target = 0.9 but"));
    BOOST_TEST(contains(read({a, again}), "both hold out anna"));
    BOOST_TEST(contains(read({a, fold, seed}), "seeds 1 and 2 do not hold out the same actors"));
    BOOST_TEST(contains(read({}), "no scored network"));
    BOOST_TEST(contains(read({folders.scratch.path}), "cannot read"));
    write_bytes(a / "score.json", "{\"lists\": {}}");
    BOOST_TEST(contains(read({a}), "has no 'seed': score the network anew"));
    BOOST_TEST(contains(message_of([&] {
                            compare_configurations(read_scored_configuration({seed}),
                                                   read_scored_configuration({folders.add("f", 1, two)}),
                                                   &trial_score::cosine);
                        }),
                        "different speakers"));
}

BOOST_AUTO_TEST_SUITE_END()
