#include <numeric>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "speaker_verification/data/features/filter_bank.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

BOOST_AUTO_TEST_SUITE(filter_bank_test)

BOOST_AUTO_TEST_CASE(generator_is_the_one_the_golden_values_are_stated_for) {
    const std::vector<float> expected{454, -10626, -6271, 1131, 14667};
    BOOST_TEST(congruential_samples(5, 1) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(features_of_generated_noise_are_wespeakers) {
    const filter_bank bank{{}};
    const feature_matrix features = bank.compute(congruential_samples(8000, 1));
    BOOST_TEST(features.frames == 48u);
    BOOST_TEST(features.bins == 80u);
    const double sum = std::accumulate(features.values.begin(), features.values.end(), 0.);
    BOOST_TEST(std::abs(sum - 87352.181507) < 1e-3 * 48);
    const std::vector<std::pair<int, double>> golden{{0, 16.394008},  {1, 16.825595},  {2, 15.275931},
                                                     {10, 17.388148}, {39, 24.206660}, {79, 26.922009}};
    for (const auto& [bin, value] : golden)
        BOOST_TEST(std::abs(features.row(0)[bin] - value) < 1e-3,
                   "bin " << bin << ": " << features.row(0)[bin] << " instead of " << value);
}

BOOST_AUTO_TEST_CASE(silence_is_the_logarithm_of_the_floor) {
    const feature_matrix features = filter_bank{{}}.compute(std::vector<float>(1000, 0.f));
    BOOST_TEST(features.frames == 4u);
    for (const float value : features.values) BOOST_TEST(std::abs(value + 15.942385) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_constant_offset_is_not_heard) {
    std::vector<float> samples = congruential_samples(4000, 3);
    const feature_matrix plain = filter_bank{{}}.compute(samples);
    for (float& x : samples) x += 1000;
    const feature_matrix shifted = filter_bank{{}}.compute(samples);
    for (std::size_t i = 0; i < plain.values.size(); ++i)
        BOOST_TEST(std::abs(plain.values[i] - shifted.values[i]) < 1e-3);
}

BOOST_AUTO_TEST_CASE(doubling_the_amplitude_adds_the_logarithm_of_four) {
    std::vector<float> samples = congruential_samples(4000, 3);
    const feature_matrix plain = filter_bank{{}}.compute(samples);
    for (float& x : samples) x *= 2;
    const feature_matrix louder = filter_bank{{}}.compute(samples);
    for (std::size_t i = 0; i < plain.values.size(); ++i)
        BOOST_TEST(std::abs(louder.values[i] - plain.values[i] - std::log(4.)) < 1e-4);
}

BOOST_AUTO_TEST_CASE(mel_triangles_are_kaldis) {
    const auto bank = filter_bank{{}};
    const auto& first = bank.triangles().front();
    BOOST_TEST(first.first_bin == 1u);
    BOOST_TEST(first.weights.size() == 2u);
    BOOST_TEST(std::abs(first.weights[0] - .503982) < 1e-5);
    BOOST_TEST(std::abs(first.weights[1] - .135723) < 1e-5);
    const auto& last = bank.triangles().back();
    BOOST_TEST(last.first_bin == 240u);
    BOOST_TEST(last.weights.size() == 16u);
}

BOOST_AUTO_TEST_CASE(neighbouring_triangles_sum_to_one_between_first_and_last_peak) {
    filter_bank_settings settings;
    settings.mel_bins = 40;
    settings.low_frequency = 64;
    settings.high_frequency = 3800;
    std::vector<double> weight_of(settings.fft_length / 2, 0.);
    const filter_bank bank{settings};
    for (const auto& each : bank.triangles())
        for (std::size_t j = 0; j < each.weights.size(); ++j) weight_of[each.first_bin + j] += each.weights[j];
    for (int bin = 4; bin < 116; ++bin) BOOST_TEST(std::abs(weight_of[bin] - 1) < 1e-5, "bin " << bin);
    BOOST_TEST(weight_of[1] == 0);   // 31.25 Hz, below 64 Hz
    BOOST_TEST(weight_of[122] == 0); // 3812.5 Hz, above 3800 Hz
}

BOOST_AUTO_TEST_CASE(frames_are_whole_ones_only) {
    const filter_bank_settings settings;
    BOOST_TEST(frame_count(settings, 0) == 0u);
    BOOST_TEST(frame_count(settings, 399) == 0u);
    BOOST_TEST(frame_count(settings, 400) == 1u);
    BOOST_TEST(frame_count(settings, 559) == 1u);
    BOOST_TEST(frame_count(settings, 560) == 2u);
    BOOST_TEST(frame_count(settings, 32240) == 200u);
    BOOST_TEST(filter_bank{settings}.compute(std::vector<float>(399, 1.f)).values.empty());
}

BOOST_AUTO_TEST_CASE(subtracting_the_mean_centres_every_band) {
    filter_bank_settings settings;
    settings.subtract_mean = true;
    const feature_matrix features = filter_bank{settings}.compute(congruential_samples(8000, 4));
    for (std::size_t b = 0; b < features.bins; ++b) {
        double sum = 0;
        for (std::size_t t = 0; t < features.frames; ++t) sum += features.row(t)[b];
        BOOST_TEST(std::abs(sum / static_cast<double>(features.frames)) < 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(povey_window_differs_from_hamming) {
    filter_bank_settings settings;
    settings.window = window_type::povey;
    const auto samples = congruential_samples(400, 5);
    BOOST_TEST(filter_bank{settings}.compute(samples).values != filter_bank{{}}.compute(samples).values);
}

BOOST_AUTO_TEST_CASE(dither_is_decided_by_its_seed) {
    filter_bank_settings settings;
    settings.dither = 1;
    const filter_bank bank{settings};
    const auto samples = congruential_samples(800, 6);
    BOOST_TEST(bank.compute(samples, 7).values == bank.compute(samples, 7).values, boost::test_tools::per_element());
    BOOST_TEST(bank.compute(samples, 7).values != bank.compute(samples, 8).values);
    const filter_bank quiet{{}};
    BOOST_TEST(quiet.compute(samples, 7).values == quiet.compute(samples, 8).values, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(settings_survive_json) {
    filter_bank_settings settings;
    settings.mel_bins = 40;
    settings.low_frequency = 64;
    settings.high_frequency = 3800;
    settings.window = window_type::povey;
    settings.subtract_mean = true;
    const nlohmann::json json = settings;
    BOOST_TEST((nlohmann::json::parse(json.dump()).get<filter_bank_settings>() == settings));
}

BOOST_AUTO_TEST_CASE(a_mismatch_is_refused_by_the_field_that_differs) {
    filter_bank_settings expected, given;
    given.high_frequency = 3800;
    require_same_settings(expected, expected, "checkpoint a.pt");
    BOOST_CHECK_EXCEPTION(require_same_settings(expected, given, "checkpoint a.pt"), std::invalid_argument,
                          says("high_frequency", "3800", "8000", "checkpoint a.pt", "set high_frequency"));
}

BOOST_AUTO_TEST_CASE(misuse_is_named) {
    const auto with = [](auto change) {
        filter_bank_settings settings;
        change(settings);
        return settings;
    };
    using s = filter_bank_settings;
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.high_frequency = 9000; })}, std::invalid_argument,
                          says("high_frequency", "9000", "8000"));
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.fft_length = 256; })}, std::invalid_argument,
                          says("fft_length", "256", "400"));
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.mel_bins = 0; })}, std::invalid_argument,
                          says("mel_bins", "0"));
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.mel_bins = 200; })}, std::invalid_argument,
                          says("mel_bins", "200", "fewer"));
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.low_frequency = 8000; })}, std::invalid_argument,
                          says("low_frequency"));
    BOOST_CHECK_EXCEPTION(filter_bank{with([](s& x) { x.dither = -1; })}, std::invalid_argument, says("dither"));
    nlohmann::json json = s{};
    json["window"] = "hann";
    BOOST_CHECK_EXCEPTION(json.get<s>(), std::invalid_argument, says("window", "hann", "hamming"));
    json.erase("window");
    BOOST_CHECK_EXCEPTION(json.get<s>(), std::invalid_argument, says("window", "missing"));
}

BOOST_AUTO_TEST_SUITE_END()
