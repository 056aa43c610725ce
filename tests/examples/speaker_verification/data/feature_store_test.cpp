#include <chrono>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "speaker_verification/data/features/feature_store.hpp"
#include "synthetic_corpus.hpp"
#include "telephone.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

// Fixtures have names of their own: g++ warns of what derives from an unnamed namespace outside the main file, and these
// files are compiled together.
struct fetched_corpus : synthetic_corpus {
    fetched_corpus() { BOOST_REQUIRE(fetch().status == 0); }
};

namespace {

std::vector<float> copy_of(feature_view view) { return {view.values().begin(), view.values().end()}; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(feature_store_test, fetched_corpus)

BOOST_AUTO_TEST_CASE(features_are_the_filter_banks) {
    const speech_store speech(cache());
    const feature_store features(speech, telephone());
    const filter_bank bank(telephone());
    BOOST_TEST(features.training_count() == 6u);
    for (std::size_t i = 0; i < 6; ++i)
        BOOST_TEST(copy_of(features.training(i)) == bank.compute(speech.samples(speech.training()[i])).values,
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crops_features_are_its_members_one_after_the_other) {
    const speech_store speech(cache());
    const feature_store features(speech, telephone());
    const filter_bank bank(telephone());
    for (std::size_t c = 0; c < 2; ++c) {
        std::vector<float> expected;
        for (const std::size_t i : speech.trial_lists()[0].crops[c].utterances) {
            const auto part = bank.compute(speech.samples(speech.utterances()[i])).values;
            expected.insert(expected.end(), part.begin(), part.end());
        }
        const feature_view crop = features.crop(0, c);
        BOOST_TEST(crop.bins == 40u);
        BOOST_TEST(crop.frames * 40 == expected.size());
        BOOST_TEST(copy_of(crop) == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(features_are_computed_once_per_settings) {
    const speech_store speech(cache());
    const feature_store first(speech, telephone());
    const feature_store second(speech, telephone());
    const feature_store other(speech, {});
    BOOST_TEST(first.computed());
    BOOST_TEST(!second.computed());
    BOOST_TEST(other.computed());
    BOOST_TEST(first.file() == second.file());
    BOOST_TEST(first.file() != other.file());
    BOOST_TEST(copy_of(first.training(4)) == copy_of(second.training(4)), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_partial_file_is_computed_anew) {
    const speech_store speech(cache());
    const auto file = feature_store(speech, telephone()).file();
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    const feature_store again(speech, telephone());
    BOOST_TEST(again.computed());
    BOOST_TEST(again.bytes() == std::filesystem::file_size(file));
}

BOOST_AUTO_TEST_CASE(a_changed_file_of_equal_size_is_computed_anew) {
    const speech_store speech(cache());
    const auto file = feature_store(speech, telephone()).file();
    const auto later = [&](int seconds) { // clocks of file systems are coarse
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(seconds));
    };
    const auto before = copy_of(feature_store(speech, telephone()).training(3));
    later(1);
    BOOST_TEST(!feature_store(speech, telephone()).computed()); // only its date has changed
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(-5000, std::ios::end).put('x');
    later(-1); // even with its old date
    const feature_store again(speech, telephone());
    BOOST_TEST(again.computed());
    BOOST_TEST(copy_of(again.training(3)) == before, boost::test_tools::per_element());
    BOOST_TEST(!feature_store(speech, telephone()).computed());
}

BOOST_AUTO_TEST_CASE(threads_change_nothing_not_even_dither) {
    const speech_store speech(cache());
    filter_bank_settings settings = telephone();
    settings.dither = 1;
    const feature_store one(speech, settings, {1, path / "one", {}});
    const feature_store three(speech, settings, {3, path / "three", {}});
    for (std::size_t i = 0; i < 6; ++i)
        BOOST_TEST(copy_of(one.training(i)) == copy_of(three.training(i)), boost::test_tools::per_element());
    BOOST_TEST(copy_of(one.training(0)) != copy_of(feature_store(speech, telephone()).training(0)));
}

BOOST_AUTO_TEST_CASE(progress_ends_at_the_total) {
    std::size_t last = 0, count = 0;
    const speech_store speech(cache());
    const feature_store features(speech, telephone(), {2, {}, [&](std::size_t done, std::size_t total) {
                                                           last = done;
                                                           count = total;
                                                       }});
    BOOST_TEST(count == 10u);
    BOOST_TEST(last == count);
}

BOOST_AUTO_TEST_CASE(misuse_is_named) {
    const speech_store speech(cache());
    BOOST_CHECK_EXCEPTION(feature_store(speech, telephone(), {0, {}, {}}), std::invalid_argument, says("threads = 0"));
    const feature_store features(speech, telephone());
    BOOST_CHECK_THROW(features.training(6), std::out_of_range);
    BOOST_CHECK_THROW(features.crop(1, 0), std::out_of_range);
}

BOOST_AUTO_TEST_SUITE_END()
