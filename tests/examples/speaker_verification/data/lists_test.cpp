#include <set>

#include <boost/test/unit_test.hpp>

#include "bytes.hpp"
#include "scratch_folder.hpp"
#include "speaker_verification/data/corpora/corpus_lists.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/store/store_index.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

const std::filesystem::path repository_lists = SPEECH_LISTS;

std::set<std::string> training_keys(const std::string& file) {
    std::set<std::string> keys;
    for (const auto& each : read_training_list(repository_lists / file)) keys.insert(each.package + "/" + each.path);
    return keys;
}

/// Checks what trials rest on: no utterance in two crops, none in training, labels as the speakers say.
void check_trial_list(const std::string& name, const std::set<std::string>& training) {
    const auto crops = read_crop_list(repository_lists / ("crops_" + name + ".csv"));
    std::set<std::string> seen;
    for (const auto& crop : crops)
        for (const std::string& key : crop.members) {
            BOOST_TEST(seen.insert(key).second, key << " is in two crops");
            BOOST_TEST(!training.contains(key), key << " is in training, too");
        }
    for (const auto& trial : read_trial_list(repository_lists / ("trials_" + name + ".csv"), crops)) {
        BOOST_REQUIRE(trial.crop_a != trial.crop_b);
        BOOST_REQUIRE(trial.target == (crops[trial.crop_a].speaker == crops[trial.crop_b].speaker));
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(lists_test, scratch_folder)

BOOST_AUTO_TEST_CASE(lists_of_the_repository_are_whole) {
    BOOST_TEST(read_training_list(repository_lists / "train.csv").size() == 8132u);
    const std::vector<std::tuple<std::string, std::size_t, std::size_t>> expected{
        {"fotaq_heldout_3s", 332, 4861}, {"ood_drascula_es_3s", 198, 3820}, {"ood_asterisk_gsm_3s", 420, 4788}};
    const auto training = training_keys("train.csv");
    BOOST_TEST(training.size() == 8132u);
    for (const auto& [name, crops, trials] : expected) {
        const auto list = read_crop_list(repository_lists / ("crops_" + name + ".csv"));
        BOOST_TEST(list.size() == crops);
        BOOST_TEST(read_trial_list(repository_lists / ("trials_" + name + ".csv"), list).size() == trials);
        check_trial_list(name, training);
    }
    check_trial_list("tiny", training_keys("train_tiny.csv"));
}

BOOST_AUTO_TEST_CASE(sets_hold_packages_that_are_listed) {
    std::set<std::string> known;
    for (const auto& package : read_package_list(repository_lists / "packages.txt")) known.insert(package.name);
    for (const std::string name : {"tiny", "demo", "all"})
        for (const std::string& package : read_package_set(repository_lists, name).packages)
            BOOST_TEST(known.contains(package), package);
    const package_set custom = read_package_set(repository_lists, "drascula-spanish,beneath-a-steel-sky");
    BOOST_TEST(custom.packages.size() == 2u);
    BOOST_TEST(custom.training == "train.csv");
    BOOST_CHECK_EXCEPTION(read_package_set(repository_lists, "quake"), std::runtime_error,
                          says("quake", "unknown", "demo", "tiny"));
}

BOOST_AUTO_TEST_CASE(keys_split_at_the_first_slash) {
    BOOST_TEST(package_of("game/usr/a.1c:B") == "game");
    BOOST_TEST(path_of("game/usr/a.1c:B") == "usr/a.1c:B");
}

BOOST_AUTO_TEST_CASE(lines_may_end_as_on_windows) {
    write_text(path / "train.csv", "speaker,character,package,path,speech_s\r\na,b,c,d,1.5\r\n");
    const auto list = read_training_list(path / "train.csv");
    BOOST_TEST(list.size() == 1u);
    BOOST_TEST(list[0].speech_seconds == 1.5);
}

BOOST_AUTO_TEST_CASE(malformed_lists_are_named_with_the_line) {
    const auto file = path / "train.csv";
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error, says("train.csv", "cannot be opened"));
    write_text(file, "speaker,role,package,path,speech_s\n");
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error, says("train.csv", "role", "character"));
    write_text(file, "speaker,character,package,path,speech_s\na,b,c,d,1\na,b,c\n");
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error, says("line 3", "3 fields", "5"));
    write_text(file, "speaker,character,package,path,speech_s\na,b,c,d,long\n");
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error, says("line 2", "speech_s", "'long'"));
}

BOOST_AUTO_TEST_CASE(an_unknown_crop_is_named_with_three_known) {
    write_text(path / "crops_x.csv", "crop,speaker,character,speech_s,members\nc1,s,s,3,p/a|p/b\nc2,s,s,3,p/c\n");
    const auto crops = read_crop_list(path / "crops_x.csv");
    BOOST_TEST(crops[0].members.size() == 2u);
    write_text(path / "trials_x.csv", "label,crop_a,crop_b,type\n1,c1,c9,any\n");
    BOOST_CHECK_EXCEPTION(read_trial_list(path / "trials_x.csv", crops), std::runtime_error,
                          says("line 2", "'c9'", "'c1'", "'c2'"));
    write_text(path / "trials_x.csv", "label,crop_a,crop_b,type\nyes,c1,c2,any\n");
    BOOST_CHECK_EXCEPTION(read_trial_list(path / "trials_x.csv", crops), std::runtime_error, says("label", "'yes'"));
}

BOOST_AUTO_TEST_CASE(what_a_list_says_twice_it_says_alike) {
    const auto file = path / "train.csv";
    const std::string head = "speaker,character,package,path,speech_s\n";
    write_text(file, head + "anna,r,p,a.wav,1\nberta,r,p,a.wav,1\n");
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error,
                          says("line 3", "'p/a.wav'", "'anna'", "'berta'"));
    write_text(file, head + ",r,p,a.wav,1\n");
    BOOST_CHECK_EXCEPTION(read_training_list(file), std::runtime_error, says("line 2", "speaker is empty"));
    write_text(path / "crops_x.csv", "crop,speaker,character,speech_s,members\nc1,s,s,3,p/a\nc1,t,s,3,p/b\n");
    BOOST_CHECK_EXCEPTION(read_crop_list(path / "crops_x.csv"), std::runtime_error, says("line 3", "'c1'", "twice"));
    const std::string sum(64, 'a');
    write_text(path / "packages.txt", "game=1 12 " + sum + "\ngame=2 12 " + sum + "\n");
    BOOST_CHECK_EXCEPTION(read_package_list(path / "packages.txt"), std::runtime_error, says("'game'", "twice"));
}

BOOST_AUTO_TEST_CASE(a_list_may_begin_with_a_byte_order_mark) {
    write_text(path / "train.csv", "\xef\xbb\xbfspeaker,character,package,path,speech_s\na,b,c,d,1.5\n");
    BOOST_TEST(read_training_list(path / "train.csv").size() == 1u);
}

BOOST_AUTO_TEST_CASE(names_in_lists_are_names_and_no_places) {
    const auto file = path / "packages.txt";
    const std::string sum(64, 'a');
    for (const char* name : {"../../escaped", "/etc", "-o", "Game", "", "a b", "game/../x"}) {
        write_text(file, std::string(name) + "=1 12 " + sum + "\n");
        BOOST_CHECK_EXCEPTION(read_package_list(file), std::runtime_error, says("packages.txt"));
    }
    write_text(file, "game=1/../2 12 " + sum + "\n");
    BOOST_CHECK_EXCEPTION(read_package_list(file), std::runtime_error, says("1/../2", "version"));
    write_text(file, "game=1 12 " + sum.substr(1) + "/\n");
    BOOST_CHECK_EXCEPTION(read_package_list(file), std::runtime_error, says("packages.txt", "sha256"));
    write_text(file, "libc++-0.9=1:2.0+dfsg~rc1-3 12 " + sum + "\n");
    BOOST_TEST(read_package_list(file)[0].name == "libc++-0.9");

    const auto sets = [&](const std::string& package, const std::string& training, const std::string& trials) {
        write_text(path / "sets.json", R"({"all": {"packages": [")" + package + R"("], "training": ")" + training +
                                           R"(", "trials": [")" + trials + R"("]}})");
        return read_package_set(path, "all");
    };
    BOOST_TEST(sets("game", "train.csv", "a_3s").packages[0] == "game");
    BOOST_CHECK_EXCEPTION(sets("../game", "train.csv", "a"), std::runtime_error, says("sets.json", "'../game'"));
    BOOST_CHECK_EXCEPTION(sets("game", "../train.csv", "a"), std::runtime_error, says("sets.json", "'../train.csv'"));
    BOOST_CHECK_EXCEPTION(sets("game", "train.csv", "../a"), std::runtime_error, says("sets.json", "'../a'"));
    write_text(path / "sets.json", R"({"all": {"packages": "game"}})");
    BOOST_CHECK_EXCEPTION(read_package_set(path, "all"), std::runtime_error, says("sets.json", "restore"));

    write_text(path / "train.csv", "speaker,character,package,path,speech_s\na,b,game,usr/../../x.ogg,1\n");
    BOOST_CHECK_EXCEPTION(paths_named_by_lists(path, "game"), std::runtime_error, says("usr/../../x.ogg", "'..'"));
    write_text(path / "train.csv", "speaker,character,package,path,speech_s\na,b,game,/etc/x.ogg,1\n");
    BOOST_CHECK_EXCEPTION(paths_named_by_lists(path, "game"), std::runtime_error, says("/etc/x.ogg"));
    write_text(path / "train.csv", "speaker,character,package,path,speech_s\na,b,game,usr/\xff.ogg,1\n");
    BOOST_CHECK_EXCEPTION(paths_named_by_lists(path, "game"), std::runtime_error, says("UTF-8"));
}

BOOST_AUTO_TEST_CASE(an_index_is_checked_as_if_it_had_been_typed) {
    const std::string game = R"({"version": "1", "sha256": "", "samples": 10, "members": {"a": [0, 10]}})";
    const auto open = [&](const std::string& package, const std::string& contents, const std::string& training,
                          const std::string& trial) {
        write_text(path / "index.json", R"({"format": "bregman speech store 1", "set": "demo", "training": ")" +
                                            training + R"(", "trials": [")" + trial + R"("], "packages": {")" +
                                            package + "\": " + contents + "}}");
        return read_store_index(path);
    };
    BOOST_TEST(open("game", game, "train.csv", "a").packages.size() == 1u);
    BOOST_TEST(open("game", game, "train.csv", "O-cleaned 2").trials.size() == 1u);
    const auto refused = says("index.json", "fetch_speech again");
    BOOST_CHECK_EXCEPTION(open("../game", game, "train.csv", "a"), std::runtime_error, refused);
    BOOST_CHECK_EXCEPTION(open("game", game, "../train.csv", "a"), std::runtime_error, refused);
    BOOST_CHECK_EXCEPTION(open("game", game, "train.csv", "../a"), std::runtime_error, refused);
    for (const char* samples : {"1e300", "-10", "1e999", "\"10\"", "4611686018427387904"})
        BOOST_CHECK_EXCEPTION(open("game",
                                   R"({"version": "1", "sha256": "", "samples": )" + std::string(samples) +
                                       R"(, "members": {"a": [0, 10]}})",
                                   "train.csv", "a"),
                              std::runtime_error, says("index.json"));
    for (const char* range : {"[0, 11]", "[-1, 5]", "[5, -1]", "[0, 1.5]", "[9223372036854775807, 9]", "[0]"})
        BOOST_CHECK_EXCEPTION(
            open("game",
                 R"({"version": "1", "sha256": "", "samples": 10, "members": {"a": )" + std::string(range) + "}}",
                 "train.csv", "a"),
            std::runtime_error, refused);
    write_text(path / "game.recordings.csv", "path,samples,source\na,-5,\n");
    BOOST_CHECK_EXCEPTION(open("game", R"({"corpus": "kaldi", "root": "/"})", "train.csv", "a"), std::runtime_error,
                          says("game.recordings.csv", "samples = '-5'"));
}

BOOST_AUTO_TEST_CASE(a_malformed_package_line_is_quoted) {
    write_text(path / "packages.txt", "game 12 abc\n");
    BOOST_CHECK_EXCEPTION(read_package_list(path / "packages.txt"), std::runtime_error, says("'game 12 abc'"));
}

BOOST_AUTO_TEST_SUITE_END()
