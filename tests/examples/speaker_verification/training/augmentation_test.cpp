#include "speaker_verification/training/loop/augmentation.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace speaker_verification;

namespace {

constexpr std::int64_t frames = 60, bands = 40;
const mel_scale scale(bands, 64, 3800);

struct crop_values {
    std::vector<float> values = std::vector<float>(std::size_t(frames * bands));

    explicit crop_values(std::uint64_t seed = 1) {
        counter_random random(seed, 0, 0);
        for (auto& value : values) value = float(10 + 3 * random.normal());
    }
    log_mel_crop view() { return {values.data(), frames, bands}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(augmentation)

BOOST_AUTO_TEST_CASE(strength_zero_is_the_identity_to_the_bit) {
    const crop_values original;
    crop_values crop;
    augmentation_settings off;
    off.equalisation_db = 0;
    off.noise_probability = 0;
    off.lowpass_probability = 0;
    counter_random random(3, 1, 4);
    augment(crop.view(), scale, off, random);
    warp_frequencies(crop.view(), scale, 1);
    low_pass(crop.view(), scale, 2000, 0, random);
    BOOST_TEST(crop.values == original.values, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bands_are_the_inverse_of_their_centres) {
    for (const double band : {0., 3., 17.5, 39.}) {
        BOOST_TEST(scale.band_at(scale.centre_hz(band)) == band, boost::test_tools::tolerance(1e-9));
    }
    // The edges lie one band outside the first and last centre.
    BOOST_TEST(scale.centre_hz(-1) == 64, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(scale.centre_hz(40) == 3800, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_warp_moves_a_smooth_spectrum_by_its_factor) {
    // x(f) = f in kHz: y(f) = x(f / factor).
    for (const double factor : {0.9, 1.1}) {
        crop_values crop;
        auto view = crop.view();
        for (std::int64_t b = 0; b < bands; ++b) view.col(b) = float(scale.centre_hz(double(b)) / 1000);
        warp_frequencies(view, scale, factor);
        for (std::int64_t b = 4; b < 34; ++b) {
            BOOST_TEST(double(view(7, b)) == scale.centre_hz(double(b)) / 1000 / factor,
                       boost::test_tools::tolerance(2e-3));
        }
    }
}

BOOST_AUTO_TEST_CASE(equalisation_is_one_gain_a_band_of_the_strength_asked_for) {
    double squares = 0;
    constexpr int draws = 400;
    for (int draw = 0; draw < draws; ++draw) {
        const crop_values original;
        crop_values crop;
        counter_random random(1, std::uint64_t(draw), 0);
        equalise(crop.view(), 6, random);
        const auto gain = [&](std::int64_t t, std::int64_t b) {
            const auto i = std::size_t(t * bands + b);
            return double(crop.values[i]) - double(original.values[i]);
        };
        BOOST_TEST(std::abs(gain(0, 5) - gain(frames - 1, 5)) < 1e-5);
        for (std::int64_t b = 0; b < bands; ++b) squares += gain(3, b) * gain(3, b);
    }
    const double deviation_db = 10 / std::log(10.) * std::sqrt(squares / (draws * bands));
    BOOST_TEST(deviation_db == 6, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(a_low_pass_never_amplifies_and_keeps_what_lies_below_its_corner) {
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
        const crop_values original;
        crop_values crop;
        counter_random random(1, draw, 0);
        low_pass(crop.view(), scale, 1000, 30, random);
        const auto kept = std::int64_t(scale.band_at(1000));
        for (std::size_t i = 0; i < crop.values.size(); ++i) {
            BOOST_REQUIRE(crop.values[i] <= original.values[i]);
            if (std::int64_t(i) % bands <= kept) BOOST_REQUIRE(crop.values[i] == original.values[i]);
        }
        BOOST_TEST(crop.values[bands - 1] < original.values[bands - 1]);
    }
}

BOOST_AUTO_TEST_CASE(noise_only_adds_energy_and_its_level_is_the_ratio_asked_for) {
    for (const double snr : {0., 10., 20.}) {
        const crop_values original;
        crop_values crop;
        counter_random random(1, 2, 3);
        add_noise_floor(crop.view(), snr, snr, random);
        double speech = 0, noise = 0;
        for (std::size_t i = 0; i < crop.values.size(); ++i) {
            BOOST_REQUIRE(crop.values[i] >= original.values[i] - 1e-4f);
            speech += std::exp(double(original.values[i]));
            noise += std::exp(double(crop.values[i])) - std::exp(double(original.values[i]));
        }
        // Tilt and jitter change the mean level by some dB.
        BOOST_TEST(std::abs(10 * std::log10(speech / noise) - snr) < 3);
    }
}

BOOST_AUTO_TEST_CASE(random_numbers_depend_on_seed_step_and_sample_alone) {
    counter_random first(1, 2, 3), again(1, 2, 3), other_sample(1, 2, 4), other_step(1, 3, 3), other_seed(2, 2, 3);
    const double value = first.uniform();
    BOOST_TEST(value == again.uniform());
    BOOST_TEST(value != other_sample.uniform());
    BOOST_TEST(value != other_step.uniform());
    BOOST_TEST(value != other_seed.uniform());
    double sum = 0, squares = 0;
    constexpr int draws = 100000;
    for (int i = 0; i < draws; ++i) {
        const double normal = first.normal();
        sum += normal;
        squares += normal * normal;
        BOOST_REQUIRE(first.below(7) < 7);
    }
    BOOST_TEST(std::abs(sum / draws) < 0.015);
    BOOST_TEST(std::abs(squares / draws - 1) < 0.02);
}

BOOST_AUTO_TEST_SUITE_END()
