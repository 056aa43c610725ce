#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "import_tree.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/features/feature_store.hpp"
#include "telephone.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

std::vector<float> joined(std::vector<float> first, const std::vector<float>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(import_test, import_tree)

BOOST_AUTO_TEST_CASE(voxceleb_becomes_a_store_over_files_that_stay_where_they_are) {
    use_voxceleb();
    const import_report report = import_store(settings);
    BOOST_TEST(report.training == 3u); // id10001 (one recording is too short), id10002, id00012
    BOOST_TEST(report.speakers == 3u);
    BOOST_TEST(report.too_short == 1u);
    BOOST_TEST(report.trials == 2u);
    BOOST_TEST(report.skipped == 0u);
    BOOST_TEST(report.counts.empty()); // three parts, none of them whole
    BOOST_TEST(report.warnings.size() == 3u);

    const speech_store store(settings.store);
    BOOST_TEST(store.speakers() == std::vector<std::string>({"id00012", "id10001", "id10002"}),
               boost::test_tools::per_element());
    BOOST_TEST(store.samples(training(store, "voxceleb-1/wav/id10001/abc/00001.wav")) == congruential_samples(24000, 1),
               boost::test_tools::per_element());
    BOOST_REQUIRE(store.trial_lists().size() == 1u);
    const trial_list& list = store.trial_lists()[0];
    BOOST_TEST(list.name == "O");
    BOOST_TEST(list.crops[list.trials[1].crop_b].name == "id10271/x-z/00001.wav");
    BOOST_TEST(list.crops[list.trials[1].crop_b].speaker == "id10271");

    const feature_store features(store, telephone());
    const filter_bank bank(telephone());
    const auto expected = bank.compute(congruential_samples(19200, 6)).values;
    const auto values = features.crop(0, list.trials[1].crop_b).values();
    BOOST_TEST(std::vector<float>(values.begin(), values.end()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(speakers_of_trials_never_train) {
    use_voxceleb();
    write("trials/E.txt", "1 id10002/abc/00001.wav id10002/abc/00001.wav\n");
    settings.trials.push_back(path / "trials/E.txt");
    const import_report report = import_store(settings);
    BOOST_TEST(report.of_trial_speakers == 1u);
    const speech_store store(settings.store);
    BOOST_TEST(store.speakers() == std::vector<std::string>({"id00012", "id10001"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cnceleb_enrols_by_average_and_by_joined_files) {
    use_cnceleb(enrolment::both);
    import_store(settings);
    const speech_store store(settings.store);
    BOOST_TEST(store.speakers() == std::vector<std::string>({"id00000", "id00001"}), boost::test_tools::per_element());
    BOOST_REQUIRE(store.trial_lists().size() == 2u);
    const feature_store features(store, telephone());
    const filter_bank bank(telephone());
    const auto expected = [&](double seconds, std::uint32_t seed) {
        return bank.compute(congruential_samples(static_cast<std::size_t>(16000 * seconds), seed)).values;
    };
    const auto values = [](feature_view view) {
        return std::vector<float>(view.values().begin(), view.values().end());
    };

    const trial_list& average = store.trial_lists()[0];
    BOOST_TEST(average.name == "cnceleb");
    BOOST_TEST(average.trials.size() == 4u);
    BOOST_TEST(average.crops[0].name == "id00800-enroll");
    BOOST_TEST(average.crops[0].average);
    BOOST_TEST(average.crops[0].utterances.size() == 2u);
    const auto parts = features.crop_parts(0, 0);
    BOOST_REQUIRE(parts.size() == 2u);
    BOOST_TEST(values(parts[0]) == expected(1, 7), boost::test_tools::per_element());
    BOOST_TEST(values(parts[1]) == expected(1.5, 8), boost::test_tools::per_element());

    const trial_list& joined_list = store.trial_lists()[1];
    BOOST_TEST(joined_list.name == "cnceleb_joined");
    BOOST_TEST(!joined_list.crops[0].average);
    const auto whole = features.crop_parts(1, 0);
    BOOST_REQUIRE(whole.size() == 1u);
    BOOST_TEST(values(whole[0]) == expected(2.5, 10), boost::test_tools::per_element());
    // The test recordings of both lists are kept once.
    BOOST_TEST(average.crops[1].utterances == joined_list.crops[1].utterances, boost::test_tools::per_element());
    BOOST_TEST(store.utterances().size() == store.training().size() + 3 + 2 + 2);
}

BOOST_AUTO_TEST_CASE(short_recordings_of_a_genre_are_joined) {
    use_cnceleb(enrolment::average);
    import_store(settings);
    const speech_store store(settings.store);
    const auto expected =
        joined(joined(congruential_samples(32000, 1), congruential_samples(32000, 2)), congruential_samples(32000, 3));
    BOOST_TEST(store.samples(training(store, "cnceleb-1/data/id00000/singing-01-001.flac+2")) == expected,
               boost::test_tools::per_element());
    BOOST_TEST(training(store, "cnceleb-1/data/id00000/vlog-01-001.flac").sample_count == 32000);
    settings.joined_seconds = 0;
    BOOST_TEST(import_store(settings).training == 5u);
}

BOOST_AUTO_TEST_CASE(a_second_import_measures_what_has_changed_and_nothing_else) {
    use_many(3);
    BOOST_TEST(import_store(settings).training == 3u);
    const auto table = std::filesystem::directory_iterator(settings.store / "scans")->path();
    std::string measured = text_of(table);
    for (std::size_t at; (at = measured.find(",3200")) != std::string::npos;) measured.replace(at, 5, ",3201");
    const auto lengths = [&] {
        std::vector<std::int64_t> samples;
        const speech_store store(settings.store);
        for (const utterance& each : store.training()) samples.push_back(each.sample_count);
        return samples;
    };
    record("many/k1001.flac", .3, 1);
    write_text(table, measured);
    import_store(settings);
    BOOST_TEST(lengths() == std::vector<std::int64_t>({3201, 4800, 3201}), boost::test_tools::per_element());
    settings.rescan = true;
    import_store(settings);
    BOOST_TEST(lengths() == std::vector<std::int64_t>({3200, 4800, 3200}), boost::test_tools::per_element());
    settings.rescan = false;
    write_text(table, "a table of another version\n");
    import_store(settings);
    BOOST_TEST(lengths() == std::vector<std::int64_t>({3200, 4800, 3200}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_corrected_is_seen_without_being_told) {
    use_many(4);
    write("trials.txt", "k1000 k1001 target\n");
    settings.trials = {path / "trials.txt"};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("k1001", "one speaker", "correct"));
    write("many/utt2spk", "k1000 anna\nk1001 anna\nk1002 clara\nk1003 berta\n");
    BOOST_TEST(import_store(settings).training == 2u);
    const std::vector<std::string> speakers{"berta", "clara"};
    BOOST_TEST(speech_store(settings.store).speakers() == speakers, boost::test_tools::per_element());
    write("trials.txt", "k1002 k1003 target\n");
    BOOST_CHECK_THROW(import_store(settings), std::runtime_error); // and the store stays as it is
    BOOST_TEST(speech_store(settings.store).speakers() == speakers, boost::test_tools::per_element());
    write("trials.txt", "k1000 k1001 target\n");
    write("many/wav.scp", "k1000 k1000.flac\nk1001 k1001.flac\nk1003 k1003.flac\n");
    BOOST_TEST(import_store(settings).training == 1u);
    BOOST_TEST(speech_store(settings.store).speakers() == std::vector<std::string>({"berta"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(features_follow_a_recording_that_was_replaced) {
    use_many(3);
    import_store(settings);
    const auto middle = [&] {
        const speech_store store(settings.store);
        const feature_store features(store, telephone());
        const auto values = features.training(1).values();
        return std::vector<float>(values.begin(), values.end());
    };
    const filter_bank bank(telephone());
    BOOST_TEST(middle() == bank.compute(congruential_samples(3200, 1)).values, boost::test_tools::per_element());
    const auto file = path / "many/k1001.flac";
    const auto when = std::filesystem::last_write_time(file);
    record("many/k1001.flac", .2, 77);
    std::filesystem::last_write_time(file, when + std::chrono::seconds(1)); // clocks of file systems are coarse
    BOOST_TEST(middle() == bank.compute(congruential_samples(3200, 77)).values, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(threads_change_nothing) {
    use_cnceleb(enrolment::both);
    settings.threads = 1;
    import_store(settings);
    const auto read = [&] {
        std::string all;
        for (const char* file : {"index.json", "cnceleb-1.recordings.csv", "lists/train.csv", "lists/crops_cnceleb.csv",
                                 "lists/trials_cnceleb.csv"})
            all += text_of(settings.store / file);
        return all;
    };
    const std::string one = read();
    settings.threads = 3;
    settings.rescan = true;
    import_store(settings);
    BOOST_TEST(read() == one);
}

BOOST_AUTO_TEST_CASE(a_trial_may_name_a_speaker) {
    use_many(8);
    write("trials.txt", "anna k1001 target\nanna k1002 nontarget\nberta k1002 target\n");
    settings.trials = {path / "trials.txt"};
    const import_report report = import_store(settings);
    BOOST_TEST(report.trials == 3u);
    BOOST_TEST(report.training == 0u);
    BOOST_TEST(report.warnings.empty());
    const speech_store store(settings.store);
    const trial_list& list = store.trial_lists()[0];
    BOOST_TEST(list.crops[0].name == "anna");
    BOOST_TEST(list.crops[0].average);
    std::vector<std::string> enrolled;
    for (const std::size_t i : list.crops[0].utterances) enrolled.push_back(store.utterances()[i].key);
    BOOST_TEST(enrolled == std::vector<std::string>({"kaldi-1/k1003", "kaldi-1/k1005", "kaldi-1/k1007"}),
               boost::test_tools::per_element());
    write("trials.txt", "anna k1001 target\nanna k1003 target\nanna k1005 target\nanna k1007 target\n");
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error,
                          says("trials.txt", "'anna'", "every recording", "enrol"));
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_written_are_refused_before_the_work) {
    use_many(2);
    const auto untouched = [&] { return !std::filesystem::exists(settings.store / "scans"); };
    settings.store = path / "st\xffore";
    BOOST_CHECK_EXCEPTION(import_store(settings), std::invalid_argument, says("UTF-8", "--store"));
    BOOST_TEST(untouched());
    settings.store = path / "store";
    std::filesystem::copy(path / "many", path / "ma\xffny", std::filesystem::copy_options::recursive);
    settings.corpora = {{"kaldi", path / "ma\xffny"}};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::invalid_argument, says("UTF-8", "rename"));
    BOOST_TEST(untouched());
    settings.corpora = {{"kaldi", path / "many"}};
    const std::string name(245, 'n');
    write(name + ".txt", "k1000 k1001 nontarget\n");
    settings.trials = {path / (name + ".txt")};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("245 characters", "rename"));
    BOOST_TEST(untouched());
    settings.trials = {};
    write("many/wav.scp", "k\xff k1000.flac\n");
    write("many/utt2spk", "k\xff anna\n");
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("UTF-8", "rename"));
    BOOST_TEST(untouched());
}

BOOST_AUTO_TEST_CASE(shards_are_read_in_place) {
    record("in/id1/video/00001.wav", 1, 1);
    write("in/id1/video/00001.spk", "anna");
    BOOST_REQUIRE(run_program({"tar", "cf", "../s.tar", "id1"}, path / "in").status == 0);
    std::filesystem::remove_all(path / "in");
    add("shards", "s.tar");
    import_store(settings);
    const speech_store store(settings.store);
    BOOST_TEST(store.samples(training(store, "shards-1/id1/video/00001")) == congruential_samples(16000, 1),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(speakers_of_different_corpora_stay_apart) {
    record("v/wav/id00001/a/1.wav", 1, 1);
    use_cnceleb(enrolment::average);
    add("voxceleb", "v");
    import_store(settings);
    BOOST_TEST(speech_store(settings.store).speakers() ==
                   std::vector<std::string>({"cnceleb/id00000", "cnceleb/id00001", "voxceleb/id00001"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lists_that_contradict_the_corpus_are_refused) {
    use_voxceleb();
    write("trials/O.txt", "0 id10270/x_y/00001.wav id10270/x_y/00002.wav\n");
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error,
                          says("'O'", "two speakers", "id10270/x_y/00002.wav"));
    write("trials/O.txt", "1 id10270/x_y/00001.wav id10270/x_y/00009.wav\n");
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error,
                          says("id10270/x_y/00009.wav", "known are 'id", "root"));
    settings.trials = {path / "trials/O.txt", path / "trials/O.txt"};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("'O'", "another list"));
}

BOOST_AUTO_TEST_CASE(other_misuse_is_refused) {
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("no corpus", "--voxceleb"));
    use_many(2);
    settings.shortest_seconds = 60;
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("2 are shorter", "--shortest"));
    settings.shortest_seconds = 0;
    import_store(settings);
    std::filesystem::rename(path / "many", path / "moved");
    BOOST_CHECK_EXCEPTION(speech_store{settings.store}, std::runtime_error, says("many", "not there", "import_speech"));
    write("fetched/index.json",
          R"({"format": "bregman speech store 1", "set": "demo", "training": "train.csv",
                                    "trials": [], "packages": {}})");
    settings.store = path / "fetched";
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("fetched", "fetch_speech", "demo"));
    write("comma/wav.scp", "a x,y.wav\n");
    write("comma/utt2spk", "a anna\n");
    settings.store = path / "store2";
    settings.corpora = {{"kaldi", path / "comma"}};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("x,y.wav", "comma", "rename"));
    settings.corpora = {{"kaldi", path / "moved"}, {"kaldi", path / "comma/../moved"}};
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error, says("moved", "given twice"));
}

BOOST_AUTO_TEST_CASE(the_program_imports_and_complains_in_one_sentence) {
    build_voxceleb();
    const auto run = [&](const std::vector<std::string>& options) {
        std::vector<std::string> command{IMPORT_SPEECH, "--store", settings.store.string()};
        command.insert(command.end(), options.begin(), options.end());
        return run_program(command, path);
    };
    const auto good = run({"--voxceleb", "vox1", "vox2", "--trials", "trials/O.txt"});
    BOOST_TEST(good.status == 0, good.output);
    for (const char* part : {"training: 3 utterances of 3 speakers", "trials: 2", "published are 1211 speakers"})
        BOOST_TEST(good.output.find(part) != std::string::npos, good.output);
    for (const std::string& place : {std::string("trials"), std::string(300, 'x')}) {
        const auto bad = run({"--voxceleb", place});
        BOOST_TEST(bad.status == 1);
        BOOST_TEST(bad.output.starts_with("import_speech: "), bad.output);
        BOOST_TEST(bad.output.find("filesystem error") == std::string::npos, bad.output);
        BOOST_TEST(std::count(bad.output.begin(), bad.output.end(), '\n') == 1, bad.output);
    }
}

BOOST_AUTO_TEST_SUITE_END()
