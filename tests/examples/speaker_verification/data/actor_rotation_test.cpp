#include "speaker_verification/data/corpora/actor_rotation.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "bytes.hpp"
#include "scratch_folder.hpp"
#include "speaker_verification/data/corpora/corpus_lists.hpp"
#include "speaker_verification/data/store/store_index.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

using names = std::vector<std::string>;

const names six = {"qa_barry_james", "qa_enn_reitel",  "qa_jessica_martin",
                   "qa_jon_coleman", "qa_lisa_valdez", "qa_penelope_keith"};
const names five = {"qa_bill_hootkins", "qa_brad_lavelle", "qa_debbie_arnold", "qa_regina_reagan", "qa_tom_hill"};

/// The repository's lists over a store in which every recording is one sample long.
struct listed_store : scratch_folder {
    explicit listed_store(const names& packages = {std::string(rotation_package), "beneath-a-steel-sky"}) {
        store_index index{"test", "train.csv", {std::string(standard_list)}, {}};
        for (const std::string& package : packages) {
            decoded_package decoded{"1", "", 0, {}};
            for (const std::string& member : paths_named_by_lists(SPEECH_LISTS, package))
                decoded.members[member] = {decoded.samples++, 1};
            write_bytes(raw_file(path, package), bytes(std::size_t(2 * decoded.samples)));
            index.packages[package] = decoded;
        }
        write_store_index(path, index);
    }
    speech_store open() const { return speech_store(path, SPEECH_LISTS); }
};

/// Trials by type and the characters on both sides, in either order.
using trial_kind = std::tuple<std::string, std::set<std::string>>;
std::map<trial_kind, int> kinds_of(const trial_list& list, const names& among) {
    std::map<trial_kind, int> counts;
    for (const trial& each : list.trials) {
        const crop &a = list.crops[each.crop_a], &b = list.crops[each.crop_b];
        const auto known = [&](const crop& c) {
            return std::find(among.begin(), among.end(), c.speaker) != among.end();
        };
        if (!known(a) || !known(b)) continue;
        // Of trials across characters and actors the lists fix how many there are for each pair of actors.
        if (each.type == "same_character")
            ++counts[{each.type, {a.character}}];
        else
            ++counts[{each.type, {a.speaker, b.speaker}}];
    }
    return counts;
}

names trial_names(const trial_list& list, const names& among) {
    names result;
    for (const trial& each : list.trials) {
        const crop &a = list.crops[each.crop_a], &b = list.crops[each.crop_b];
        const bool all = std::count(among.begin(), among.end(), a.speaker) > 0 &&
                         std::count(among.begin(), among.end(), b.speaker) > 0;
        if (all) result.push_back(a.name + " " + b.name + " " + each.type);
    }
    return result;
}

names with(names some, const std::string& more) {
    some.push_back(more);
    std::sort(some.begin(), some.end());
    return some;
}

} // namespace

BOOST_AUTO_TEST_SUITE(actor_rotation_test)

BOOST_AUTO_TEST_CASE(two_folds_hold_out_each_of_eleven_actors_once) {
    const speech_store speech = listed_store().open();
    const auto folds = rotation_folds(speech);
    BOOST_REQUIRE_EQUAL(folds.size(), 2u);
    BOOST_TEST(folds[0] == six, boost::test_tools::per_element());
    BOOST_TEST(folds[1] == five, boost::test_tools::per_element());
    BOOST_TEST(rotating_actors(speech).size() == 11u);
}

BOOST_AUTO_TEST_CASE(without_names_the_lists_stay_as_they_are) {
    const speech_store speech = listed_store().open();
    BOOST_TEST(held_out_actors(speech, "").empty());
    const auto training = utterances_to_train(speech, {});
    BOOST_TEST(training.size() == speech.training().size());
    for (std::size_t i = 0; i < training.size(); ++i) BOOST_REQUIRE(training[i] == i);
    BOOST_TEST(rotated_trials(speech, {}).trials.size() == 4861u);
    BOOST_TEST(rotated_trials(speech, six).name == standard_list);
}

BOOST_AUTO_TEST_CASE(held_out_actors_neither_train_nor_share_a_recording_with_training) {
    const speech_store speech = listed_store().open();
    const auto held_out = held_out_actors(speech, "qa_tom_hill,qa_brad_lavelle,qa_lisa_valdez,qa_penelope_keith");
    std::set<std::size_t> trains;
    std::set<std::string> speakers;
    for (const std::size_t i : utterances_to_train(speech, held_out)) {
        BOOST_REQUIRE(trains.insert(i).second);
        speakers.insert(speech.utterances()[i].speaker);
    }
    for (const std::string& actor : rotating_actors(speech))
        BOOST_TEST(speakers.contains(actor) == !std::count(held_out.begin(), held_out.end(), actor), actor);
    BOOST_TEST(speakers.size() == 25u + 11u - 4u);
    const auto trials = rotated_trials(speech, held_out);
    std::set<std::string> tried;
    std::set<std::size_t> members;
    for (const crop& each : trials.crops) {
        tried.insert(each.speaker);
        for (const std::size_t member : each.utterances) {
            BOOST_REQUIRE(!trains.contains(member));
            BOOST_REQUIRE(members.insert(member).second);
        }
    }
    BOOST_TEST(names(tried.begin(), tried.end()) == held_out, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(crops_join_whole_utterances_of_one_character_to_three_seconds) {
    const speech_store speech = listed_store().open();
    std::map<std::string, int> crops;
    for (const crop& each : rotated_trials(speech, five).crops) {
        double seconds = 0;
        for (const std::size_t member : each.utterances) {
            const utterance& part = speech.utterances()[member];
            BOOST_REQUIRE(part.speaker == each.speaker);
            BOOST_REQUIRE(part.character == each.character);
            BOOST_REQUIRE(seconds < 3);
            seconds += part.speech_seconds;
        }
        BOOST_REQUIRE(seconds >= 3);
        BOOST_REQUIRE(each.speech_seconds == seconds);
        ++crops[each.speaker];
    }
    for (const auto& [actor, count] : crops) BOOST_TEST((count >= 30 && count <= 60), actor);
    BOOST_TEST(crops["qa_brad_lavelle"] == 60);
}

BOOST_AUTO_TEST_CASE(trials_are_as_many_of_each_kind_as_in_the_given_list) {
    const speech_store speech = listed_store().open();
    const auto given = kinds_of(speech.trial_lists().front(), six);
    const auto made = kinds_of(rotated_trials(speech, with(six, "qa_tom_hill")), six);
    BOOST_TEST((given == made));
    const auto rotated = rotated_trials(speech, five);
    std::set<std::pair<std::size_t, std::size_t>> pairs;
    for (const trial& each : rotated.trials) {
        BOOST_REQUIRE(pairs.insert(std::minmax(each.crop_a, each.crop_b)).second);
        const crop &a = rotated.crops[each.crop_a], &b = rotated.crops[each.crop_b];
        BOOST_REQUIRE(each.target == (a.speaker == b.speaker));
        BOOST_REQUIRE((each.type == "same_character") == (each.target && a.character == b.character));
    }
    const auto kinds = kinds_of(rotated, five);
    BOOST_TEST(kinds.at({"same_character", {"queen_joe"}}) == 240);
    BOOST_TEST(kinds.at({"cross_character", {"qa_tom_hill"}}) == 200);
    BOOST_TEST(kinds.at({"same_gender", {"qa_tom_hill", "qa_brad_lavelle"}}) == 160);
    BOOST_TEST(kinds.at({"same_gender", {"qa_debbie_arnold", "qa_regina_reagan"}}) == 160);
    BOOST_TEST(kinds.at({"diff_gender", {"qa_debbie_arnold", "qa_tom_hill"}}) == 160);
}

BOOST_AUTO_TEST_CASE(trials_of_two_actors_do_not_depend_on_who_else_is_held_out) {
    const speech_store speech = listed_store().open();
    const names both = {"qa_brad_lavelle", "qa_jon_coleman"};
    const auto one = trial_names(rotated_trials(speech, with(both, "qa_barry_james")), both);
    const auto other = trial_names(rotated_trials(speech, with(both, "qa_regina_reagan")), both);
    BOOST_TEST(one.size() == 240u + 240u + 160u);
    BOOST_TEST(one == other, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_held_out_are_refused) {
    const speech_store speech = listed_store().open();
    BOOST_CHECK_EXCEPTION(held_out_actors(speech, "qa_tom_hill,qa_tom_hil"), std::invalid_argument,
                          says("'qa_tom_hil'", "qa_barry_james", "qa_bill_hootkins", "qa_tom_hill"));
    BOOST_CHECK_EXCEPTION(held_out_actors(speech, "qa_tom_hill,qa_debbie_arnold"), std::invalid_argument,
                          says("two actors of the same gender", "name more of"));
    const speech_store other = listed_store({"beneath-a-steel-sky"}).open();
    BOOST_CHECK_EXCEPTION(held_out_actors(other, "qa_tom_hill,qa_brad_lavelle"), std::invalid_argument,
                          says("has no actors", std::string(rotation_package)));
}

BOOST_AUTO_TEST_SUITE_END()
