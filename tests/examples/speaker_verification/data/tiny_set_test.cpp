// Real speech: fetches the tiny set, from the network or from an earlier run, and looks at what came out.
// Exits with 77, which CTest shows as skipped, when neither is there.

#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>

#include "corpus_tree.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/features/feature_store.hpp"
#include "speaker_verification/data/features/levels.hpp"

using namespace speaker_verification;

namespace {

std::filesystem::path cache() {
    const char* folder = std::getenv("BREGMAN_CACHE");
    return std::filesystem::path(folder ? folder : DEFAULT_CACHE) / "speech_tiny";
}

} // namespace

BOOST_AUTO_TEST_CASE(the_tiny_set_is_whole) {
    const speech_store store(cache());
    BOOST_TEST(store.training().size() == 175u);
    BOOST_TEST(store.speakers().size() == 3u);
    BOOST_TEST(store.training_left_out() == 0u);
    BOOST_REQUIRE(store.trial_lists().size() == 1u);
    BOOST_TEST(store.trial_lists()[0].crops.size() == 90u);
    BOOST_TEST(store.trial_lists()[0].trials.size() == 362u);
}

BOOST_AUTO_TEST_CASE(recordings_are_audible_and_at_least_as_long_as_their_speech) {
    const speech_store store(cache());
    for (const utterance& each : store.utterances()) {
        const std::vector<float> samples = store.samples(each);
        double energy = 0;
        for (const float x : samples) energy += static_cast<double>(x) * x;
        BOOST_TEST(std::sqrt(energy / static_cast<double>(samples.size())) > 50, each.key);
    }
    for (const crop& each : store.trial_lists()[0].crops) {
        std::int64_t samples = 0;
        for (const std::size_t i : each.utterances) samples += store.utterances()[i].sample_count;
        BOOST_TEST(static_cast<double>(samples) / store_sample_rate >= each.speech_seconds, each.name);
    }
}

BOOST_AUTO_TEST_CASE(features_are_finite_and_normalise) {
    const speech_store store(cache());
    filter_bank_settings settings;
    settings.mel_bins = 40;
    settings.low_frequency = 64;
    settings.high_frequency = 3800;
    const feature_store features(store, settings);
    std::vector<feature_view> training;
    for (std::size_t i = 0; i < features.training_count(); ++i) training.push_back(features.training(i));
    const auto normalization = level_normalization::measure(training);
    for (std::size_t c = 0; c < store.trial_lists()[0].crops.size(); ++c)
        for (const float value : normalization.apply(features.crop(0, c)).values)
            BOOST_REQUIRE(std::abs(value) < 20); // finite, and nowhere near a broken scale
}

/// What a user has who cuts the same speech into VoxCeleb's tree: the same features.
BOOST_AUTO_TEST_CASE(an_imported_tree_of_the_same_speech_has_the_same_features) {
    const speech_store store(cache());
    const corpus_tree tree;
    std::map<std::string, std::vector<std::size_t>> taken;
    for (std::size_t i = 0; i < store.training().size(); ++i) {
        const utterance& each = store.training()[i];
        auto& of_speaker = taken[each.speaker];
        if (of_speaker.size() == 4 || each.sample_count < 16000) continue;
        const auto speaker =
            std::lower_bound(store.speakers().begin(), store.speakers().end(), each.speaker) - store.speakers().begin();
        tree.write_sound("v/wav/id1000" + std::to_string(speaker) + "/a/" + std::to_string(of_speaker.size()) +
                             (speaker == 0 ? ".wav" : ".flac"),
                         store.samples(each));
        of_speaker.push_back(i);
    }
    tree.write("trials.txt", "1 id10002/a/0.wav id10002/a/1.wav\n0 id10002/a/0.wav id10001/a/3.wav\n");
    import_settings settings;
    settings.store = tree.path / "store";
    settings.corpora = {{"voxceleb", tree.path / "v"}};
    settings.trials = {tree.path / "trials.txt"};
    BOOST_TEST(import_store(settings).training == 4u); // two of the three speakers are tried
    const speech_store imported(settings.store);
    const feature_store expected(store, filter_bank_settings(), {2, tree.path, {}});
    const feature_store found(imported, filter_bank_settings());
    const auto same = [](feature_view a, feature_view b) {
        return std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
    };
    for (std::size_t i = 0; i < 4; ++i)
        BOOST_TEST(same(found.training(i), expected.training(taken.at(store.speakers()[0])[i])));
    const trial_list& list = imported.trial_lists()[0];
    BOOST_TEST(same(found.crop(0, list.trials[0].crop_b), expected.training(taken.at(store.speakers()[2])[1])));
    BOOST_TEST(same(found.crop(0, list.trials[1].crop_b), expected.training(taken.at(store.speakers()[1])[3])));
}

int main(int argc, char** argv) {
    const process_result fetch =
        run_program({FETCH_SPEECH, "--packages", "tiny", "--cache", cache().string(), "--lists", SPEECH_LISTS}, "/");
    if (fetch.output.find("cannot download") != std::string::npos) {
        std::cout << "skipped, the tiny set is neither cached nor to be had: " << fetch.output;
        return 77;
    }
    std::cout << fetch.output;
    if (fetch.status != 0) return EXIT_FAILURE;
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
