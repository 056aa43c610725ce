// Real speech: fetches the tiny set, from the network or from an earlier run, and looks at what came out.
// Exits with 77, which CTest shows as skipped, when neither is there.

#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "speaker_verification/data/feature_store.hpp"
#include "speaker_verification/data/levels.hpp"
#include "speaker_verification/data/subprocess.hpp"

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

int main(int argc, char** argv) {
    const process_result fetch = run_program(
        {FETCH_SPEECH, "--packages", "tiny", "--cache", cache().string(), "--lists", SPEECH_LISTS}, "/");
    if (fetch.output.find("cannot download") != std::string::npos) {
        std::cout << "skipped, the tiny set is neither cached nor to be had: " << fetch.output;
        return 77;
    }
    std::cout << fetch.output;
    if (fetch.status != 0) return EXIT_FAILURE;
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
