#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "import_tree.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/features/feature_store.hpp"
#include "telephone.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

BOOST_FIXTURE_TEST_SUITE(broken_recordings, import_tree)

BOOST_AUTO_TEST_CASE(a_few_bad_files_are_skipped_counted_and_listed) {
    use_many(200);
    write("many/k1003.flac", "no audio at all, only a text that is long enough to be looked at");
    std::filesystem::remove(path / "many/k1150.flac");
    const import_report report = import_store(settings);
    BOOST_TEST(report.skipped == 2u);
    BOOST_TEST(report.training == 198u);
    const std::string list = text_of(settings.store / "skipped.txt");
    BOOST_TEST(list.find("k1003: ") != std::string::npos);
    BOOST_TEST(list.find("k1150: ") != std::string::npos);
    BOOST_TEST(std::count(list.begin(), list.end(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(recordings_of_impossible_samples_are_skipped) {
    use_many(500);
    const auto broken = [&](float value) {
        std::vector<float> samples(3200);
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = .1f * static_cast<float>(i % 7);
        samples[1600] = value;
        return samples;
    };
    write_floats("many/k1003.flac", broken(std::numeric_limits<float>::quiet_NaN()));
    write_floats("many/k1005.flac", broken(std::numeric_limits<float>::infinity()));
    write_floats("many/k1007.flac", broken(1e29f));
    write_floats("many/k1009.flac", std::vector<float>(3200, 0.f));
    import_store(settings);
    const speech_store store(settings.store);
    const feature_store features(store, telephone());
    BOOST_REQUIRE(features.skipped().size() == 4u);
    const char* reasons[] = {"not finite", "not finite", "times full scale", "silent"};
    for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(features.skipped()[i].key == "kaldi-1/k100" + std::to_string(3 + 2 * i));
        BOOST_TEST(features.skipped()[i].reason.find(reasons[i]) != std::string::npos, features.skipped()[i].reason);
    }
    // What a trial compares is looked at when it is imported.
    write("trials.txt", "k1000 k1002 target\nk1003 k1001 target\n");
    settings.trials = {path / "trials.txt"};
    const import_report report = import_store(settings);
    BOOST_TEST(report.skipped == 1u);
    BOOST_TEST(report.trials_left_out == 1u);
    BOOST_TEST(text_of(settings.store / "skipped.txt").find("k1003: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(recordings_too_large_for_memory_are_skipped) {
    use_many(200);
    record("small.wav", .1, 5);
    std::filesystem::rename(path / "small.wav", path / "many/k1003.flac");
    patch("many/k1003.flac", 40, little(0x7fff0000u, 4));
    std::filesystem::resize_file(path / "many/k1003.flac", 0x7fff0000ull + 44);
    const import_report report = import_store(settings);
    BOOST_TEST(report.skipped == 1u);
    BOOST_TEST(report.training == 199u);
    BOOST_TEST(text_of(settings.store / "skipped.txt").find("samples") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(many_bad_files_are_an_error_that_names_three) {
    use_many(200);
    record("many/k1002.flac", .2, 1, 8000);
    record("many/k1003.flac", .2, 1, 16000, 2);
    for (const char* key : {"k1005", "k1007"}) write("many/" + std::string(key) + ".flac", "no audio");
    BOOST_CHECK_EXCEPTION(import_store(settings), std::runtime_error,
                          says("4 of 200", "1 %", "k1002: is sampled at 8000 Hz", "k1003: has 2 channels", "k1005"));
    BOOST_TEST(!std::filesystem::exists(settings.store / "index.json"));
    for (const char* key : {"k1005", "k1007"}) record("many/" + std::string(key) + ".flac", .2, 1);
    BOOST_TEST(import_store(settings).skipped == 2u); // what was repaired is found without being told
}

BOOST_AUTO_TEST_CASE(training_files_that_break_off_are_skipped_when_features_are_computed) {
    use_many(150);
    cut_off("many/k1007.flac"); // its header promises all
    BOOST_TEST(import_store(settings).skipped == 0u);
    const speech_store store(settings.store);
    const utterance& broken = training(store, "kaldi-1/k1007");
    BOOST_CHECK_THROW(store.samples(broken), unusable_audio);
    for (const bool computed : {true, false}) {
        const feature_store features(store, telephone());
        BOOST_TEST(features.computed() == computed);
        BOOST_REQUIRE(features.skipped().size() == 1u);
        BOOST_TEST(features.skipped()[0].key == "kaldi-1/k1007");
        const filter_bank bank(telephone());
        for (std::size_t i = 0; i < store.training().size(); ++i) {
            const bool skipped = i == features.skipped()[0].index;
            const auto values = features.training(i).values();
            const auto expected =
                skipped ? std::vector<float>() : bank.compute(store.samples(store.training()[i])).values;
            BOOST_REQUIRE((std::vector<float>(values.begin(), values.end()) == expected));
        }
        BOOST_TEST(text_of(std::filesystem::path(features.file()).replace_extension(".skipped.json")).find("k1007") !=
                   std::string::npos);
    }
    // The list is a part of the features: without it, what was skipped would be taken for silence.
    const auto list =
        std::filesystem::path(feature_store(store, telephone()).file()).replace_extension(".skipped.json");
    std::filesystem::remove(list);
    BOOST_TEST(feature_store(store, telephone()).skipped().size() == 1u);
    write_text(list, "[{}]");
    BOOST_TEST(feature_store(store, telephone()).skipped().size() == 1u);
    cut_off("many/k1008.flac");
    const speech_store again(settings.store);
    BOOST_CHECK_EXCEPTION(feature_store(again, filter_bank_settings()), std::runtime_error,
                          says("2 of 150", "1 %", "k1007", "k1008"));
    for (const auto& entry : std::filesystem::directory_iterator(settings.store))
        BOOST_TEST(entry.path().extension() != ".partial", entry.path());
}

BOOST_AUTO_TEST_CASE(features_are_continued_behind_the_last_whole_block) {
    use_many(600);
    import_store(settings);
    const speech_store store(settings.store);
    const auto file = feature_store(store, telephone()).file();
    const std::filesystem::path partial = file.string() + ".partial";
    const std::string whole = text_of(file);
    const std::size_t header = whole.find('\n') + 1, utterance = (whole.size() - header) / 600;
    const auto continue_from = [&](const std::string& written) {
        write_text(partial, written);
        std::filesystem::remove(file);
        BOOST_TEST(feature_store(store, telephone()).computed());
        BOOST_TEST(!std::filesystem::exists(partial));
        return text_of(file);
    };
    // A mark in the block of 512 that was finished stays, one behind it does not.
    std::string killed = whole.substr(0, header + 512 * utterance + 1000);
    killed[header + 5] ^= 1;
    killed.back() ^= 1;
    std::string expected = whole;
    expected[header + 5] ^= 1;
    BOOST_TEST((continue_from(killed) == expected));
    // What is not of this store and these settings is not continued, nor is half a block.
    killed[3] ^= 1;
    BOOST_TEST((continue_from(killed) == whole));
    BOOST_TEST((continue_from(expected.substr(0, header + 511 * utterance)) == whole));
    BOOST_TEST((continue_from("") == whole));
}

BOOST_AUTO_TEST_CASE(trials_of_broken_files_are_left_out) {
    use_many(150);
    write("trials.txt", "k1000 k1002 target\nk1000 k1001 nontarget\n");
    settings.trials = {path / "trials.txt"};
    cut_off("many/k1001.flac");
    const import_report report = import_store(settings);
    BOOST_TEST(report.trials == 1u);
    BOOST_TEST(report.trials_left_out == 1u);
    BOOST_TEST(report.skipped == 1u);
    BOOST_TEST(report.training == 0u); // both speakers are tried
    cut_off("many/k1002.flac");
    const speech_store store(settings.store);
    BOOST_CHECK_EXCEPTION(feature_store(store, telephone()), std::runtime_error,
                          says("kaldi-1/k1002", "trial list", "import_speech again"));
}

BOOST_AUTO_TEST_SUITE_END()
