#include <cmath>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "speaker_verification/data/features/levels.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

feature_matrix example(std::size_t frames, std::size_t bins, std::uint32_t seed) {
    std::vector<float> values = congruential_samples(frames * bins, seed);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = values[i] / 4096 + static_cast<float>(i % bins);
    return {frames, bins, values};
}

} // namespace

BOOST_AUTO_TEST_SUITE(levels_test)

BOOST_AUTO_TEST_CASE(normalised_training_features_have_mean_0_and_deviation_1_per_band) {
    const std::vector<feature_matrix> features{example(50, 6, 1), example(80, 6, 2), example(1, 6, 3)};
    const std::vector<feature_view> views(features.begin(), features.end());
    const auto normalization = level_normalization::measure(views);
    std::vector<double> first(6, 0.), second(6, 0.);
    double frames = 0;
    for (const feature_view& each : views) {
        const feature_matrix result = normalization.apply(each);
        for (std::size_t t = 0; t < result.frames; ++t, ++frames)
            for (std::size_t b = 0; b < 6; ++b) {
                first[b] += result.row(t)[b];
                second[b] += result.row(t)[b] * result.row(t)[b];
            }
    }
    for (std::size_t b = 0; b < 6; ++b) {
        BOOST_TEST(std::abs(first[b] / frames) < 1e-5);
        BOOST_TEST(std::abs(second[b] / frames - 1) < 1e-4);
    }
}

BOOST_AUTO_TEST_CASE(loudness_does_not_matter) {
    const feature_matrix plain = example(40, 5, 7);
    const auto normalization = level_normalization::measure(std::vector<feature_view>{plain});
    feature_matrix louder = plain;
    for (float& x : louder.values) x += 3;
    const auto a = normalization.apply(plain), b = normalization.apply(louder);
    for (std::size_t i = 0; i < a.values.size(); ++i) BOOST_TEST(std::abs(a.values[i] - b.values[i]) < 1e-5);
}

BOOST_AUTO_TEST_CASE(one_number_is_subtracted_so_the_spectrum_keeps_its_shape) {
    feature_matrix levelled = example(40, 5, 7);
    const feature_matrix plain = levelled;
    subtract_level(levelled.values.data(), 40, 5);
    BOOST_TEST(std::abs(overall_level(levelled)) < 1e-5);
    const float shift = plain.values[0] - levelled.values[0];
    for (std::size_t i = 0; i < plain.values.size(); ++i)
        BOOST_TEST(std::abs(plain.values[i] - levelled.values[i] - shift) < 1e-5);
}

BOOST_AUTO_TEST_CASE(removing_band_means_removes_any_fixed_filter) {
    const feature_matrix plain = example(40, 5, 7);
    const auto normalization = level_normalization::measure(std::vector<feature_view>{plain},
                                                            {.subtract_level = true, .subtract_band_mean = true});
    feature_matrix filtered = plain;
    for (std::size_t i = 0; i < filtered.values.size(); ++i) filtered.values[i] += .5f * static_cast<float>(i % 5);
    const auto a = normalization.apply(plain), b = normalization.apply(filtered);
    for (std::size_t i = 0; i < a.values.size(); ++i) BOOST_TEST(std::abs(a.values[i] - b.values[i]) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_constant_band_is_left_unscaled) {
    feature_matrix features{2, 2, {0, 1, 0, 1}};
    const auto normalization = level_normalization::measure(std::vector<feature_view>{features});
    BOOST_TEST(normalization.statistics().deviation == std::vector<float>({1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(survives_json) {
    const feature_matrix plain = example(40, 5, 7);
    const auto before = level_normalization::measure(std::vector<feature_view>{plain});
    const nlohmann::json json = before;
    BOOST_TEST((nlohmann::json::parse(json.dump()).get<level_normalization>() == before));
    nlohmann::json broken = json;
    broken.erase("mean");
    BOOST_CHECK_EXCEPTION(broken.get<level_normalization>(), std::invalid_argument, says("mean", "measure"));
}

BOOST_AUTO_TEST_CASE(misuse_is_named) {
    const feature_matrix a = example(4, 5, 1), b = example(4, 6, 1);
    BOOST_CHECK_EXCEPTION(level_normalization::measure(std::vector<feature_view>{a, b}), std::invalid_argument,
                          says("6 bins", "5"));
    BOOST_CHECK_EXCEPTION(level_normalization::measure({}), std::invalid_argument, says("at least 1 frame"));
    const auto normalization = level_normalization::measure(std::vector<feature_view>{a});
    BOOST_CHECK_EXCEPTION(normalization.apply(b), std::invalid_argument, says("6 bins", "5"));
    BOOST_CHECK_EXCEPTION(level_normalization({}, {{1, 2}, {1}}), std::invalid_argument, says("2 means", "1"));
    BOOST_CHECK_EXCEPTION(level_normalization({}, {{1, 2}, {1, 0}}), std::invalid_argument, says("band 1"));
}

BOOST_AUTO_TEST_SUITE_END()
