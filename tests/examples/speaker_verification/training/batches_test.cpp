#include "speaker_verification/training/loop/batches.hpp"
#include "speaker_verification/training/loop/prefetcher.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <set>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

level_normalization levels_of(const std::vector<labelled_features>& all) {
    std::vector<feature_view> views;
    for (const auto& each : all) views.push_back(each.features);
    return level_normalization::measure(views);
}

struct small_corpus {
    numeric_speakers speakers{4, 10, 40, 12};
    settings all = small_settings();
    std::vector<labelled_features> features = speakers.features();
    batch_maker maker{features, 4, all, levels_of(features)};
};

} // namespace

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(the_number_of_workers_changes_nothing) {
    const small_corpus corpus;
    const auto take = [&](std::size_t workers, std::size_t ahead) {
        std::vector<batch> taken;
        prefetcher<batch> source([&](std::uint64_t step) { return corpus.maker.make(step); }, 3, workers, ahead);
        for (int i = 0; i < 12; ++i) taken.push_back(source.take());
        return taken;
    };
    const auto one = take(1, 1), three = take(3, 5);
    for (std::size_t i = 0; i < one.size(); ++i) {
        BOOST_TEST(one[i].frames == three[i].frames);
        BOOST_TEST((one[i].values == three[i].values));
        BOOST_TEST((one[i].classes == three[i].classes));
        BOOST_TEST((one[i].values == corpus.maker.make(3 + i).values));
    }
}

BOOST_AUTO_TEST_CASE(the_shares_of_processes_are_the_rows_of_the_batch) {
    const small_corpus corpus;
    const auto whole = corpus.maker.make(7);
    for (const std::int64_t processes : {1, 2, 3, 5, 16}) {
        batch joined;
        for (std::int64_t p = 0; p < processes; ++p) {
            const auto rows = rows_of(whole.size, p, processes);
            BOOST_TEST(rows.first == joined.size);
            BOOST_TEST(rows.last - rows.first >= whole.size / processes);
            const auto share = corpus.maker.make(7, rows);
            BOOST_TEST((share.size == rows.last - rows.first && share.frames == whole.frames));
            joined.values.insert(joined.values.end(), share.values.begin(), share.values.end());
            joined.classes.insert(joined.classes.end(), share.classes.begin(), share.classes.end());
            joined.size += share.size;
        }
        BOOST_TEST((joined.values == whole.values));
        BOOST_TEST((joined.classes == whole.classes));
    }
}

BOOST_AUTO_TEST_CASE(what_a_maker_throws_reaches_the_taker) {
    prefetcher<int> source(
        [](std::uint64_t number) -> int {
            if (number == 2) throw std::runtime_error("number two");
            return int(number);
        },
        0, 1, 1);
    BOOST_TEST(source.take() == 0);
    BOOST_TEST(source.take() == 1);
    BOOST_TEST(message_of([&] { source.take(); }) == "number two");
}

BOOST_AUTO_TEST_CASE(crops_have_lengths_and_classes_in_range) {
    const small_corpus corpus;
    std::set<std::int64_t> lengths, classes;
    for (std::uint64_t step = 0; step < 200; ++step) {
        const auto batch = corpus.maker.make(step);
        BOOST_REQUIRE_EQUAL(batch.values.size(), std::size_t(batch.size * batch.frames * batch.bands));
        lengths.insert(batch.frames);
        classes.insert(batch.classes.begin(), batch.classes.end());
    }
    BOOST_TEST(*lengths.begin() == 20);
    BOOST_TEST(*lengths.rbegin() == 30);
    BOOST_TEST(lengths.size() == 11u);
    BOOST_TEST(corpus.maker.classes() == 12);
    BOOST_TEST(classes.size() == 12u);
    BOOST_TEST(*classes.rbegin() == 11);
}

BOOST_AUTO_TEST_CASE(speakers_are_drawn_by_the_root_of_their_time) {
    // The first speaker has 16 times the frames of the second: 4 times the draws.
    const feature_matrix longer{1600, 12, std::vector<float>(1600 * 12, 1.f)};
    const feature_matrix shorter{100, 12, std::vector<float>(100 * 12, 2.f)};
    const std::vector<labelled_features> all = {{0, longer}, {1, shorter}};
    auto chosen = small_settings();
    chosen.batches.warps = {};
    const batch_maker maker(all, 2, chosen, levels_of(all));
    std::map<std::int64_t, double> drawn;
    for (std::uint64_t step = 0; step < 500; ++step) {
        for (const auto each : maker.make(step).classes) ++drawn[each];
    }
    BOOST_TEST(drawn[0] / (drawn[0] + drawn[1]) == 0.8, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(variants_train_in_place_of_their_utterance) {
    const auto constant = [](float value) { return feature_matrix{60, 12, std::vector<float>(60 * 12, value)}; };
    const auto plain = constant(1), first = constant(2), second = constant(3), slower = constant(4);
    auto chosen = small_settings();
    chosen.batches.warps = {0.9, 1.1};
    chosen.augmentation.equalisation_db = 0;
    chosen.augmentation.noise_probability = 0;
    chosen.augmentation.lowpass_probability = 0;
    const level_normalization none({false, false}, {std::vector<float>(12, 0.f), std::vector<float>(12, 1.f)});
    std::vector<labelled_features> all;
    for (const std::int64_t speaker : {0, 1}) {
        all.push_back({speaker, plain, {{1, first}, {1, second}, {0.9, slower}}});
    }
    // What a class of each warp hears: copies of its speed, or the plain utterance, warped.
    const auto heard = [&] {
        const batch_maker maker(all, 2, chosen, none);
        std::vector<std::set<float>> values(3);
        for (std::uint64_t step = 0; step < 50; ++step) {
            const auto batch = maker.make(step);
            const auto length = std::size_t(batch.frames * batch.bands);
            for (std::int64_t i = 0; i < batch.size; ++i) {
                const auto* crop = batch.values.data() + std::size_t(i) * length;
                values[std::size_t(batch.classes[std::size_t(i)] / 2)].insert(crop, crop + length);
            }
        }
        return values;
    };
    BOOST_TEST((heard() == std::vector<std::set<float>>{{2, 3}, {4}, {1}}));
    all[1].variants.pop_back(); // one utterance without a slower copy: nobody gets one
    BOOST_TEST((heard() == std::vector<std::set<float>>{{2, 3}, {1}, {1}}));
    for (auto& each : all) each.variants.clear();
    BOOST_TEST((heard() == std::vector<std::set<float>>{{1}, {1}, {1}}));
}

BOOST_AUTO_TEST_CASE(a_share_of_every_speaker_is_held_out) {
    const numeric_speakers speakers(3, 10, 20, 12);
    const auto split = hold_out(speakers.features(), 0.2);
    BOOST_TEST(split.held_out.size() == 6u);
    BOOST_TEST(split.training.size() == 24u);
    std::set<const float*> training, held;
    for (const auto& each : split.training) training.insert(each.features.data);
    for (const auto& each : split.held_out) held.insert(each.features.data);
    for (const auto* data : held) BOOST_TEST(training.count(data) == 0u);
    BOOST_TEST(hold_out(speakers.features(), 0).held_out.empty());
    // One of each at least, but never a speaker's only utterance.
    BOOST_TEST(hold_out(speakers.features(), 0.001).held_out.size() == 3u);
    const numeric_speakers single(3, 1, 20, 12);
    BOOST_TEST(hold_out(single.features(), 0.5).held_out.empty());
}

BOOST_AUTO_TEST_CASE(validation_crops_are_whole_batches_of_every_utterance) {
    const small_corpus corpus;
    const auto batches = validation_batches(corpus.features, 50, 16, levels_of(corpus.features));
    std::int64_t samples = 0;
    for (const auto& batch : batches) {
        BOOST_TEST(batch.values.size() == std::size_t(batch.size * 50 * 12));
        BOOST_TEST(batch.size <= 16);
        samples += batch.size;
    }
    BOOST_TEST(samples == std::int64_t(corpus.features.size()));
}

BOOST_AUTO_TEST_CASE(a_speaker_without_speech_is_refused) {
    const numeric_speakers speakers(2, 3, 20, 12);
    const auto all = speakers.features();
    BOOST_TEST(contains(message_of([&] { batch_maker(all, 3, small_settings(), levels_of(all)); }),
                        "speaker 2 has no training utterance"));
}

BOOST_AUTO_TEST_SUITE_END()
