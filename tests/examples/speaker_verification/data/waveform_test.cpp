#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include <boost/test/unit_test.hpp>

#include "corpus_tree.hpp"
#include "speaker_verification/data/audio/waveform.hpp"
#include "speaker_verification/data/audio/waveform_augmentation.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/features/feature_store.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

double energy(const std::vector<float>& samples) {
    double sum = 0;
    for (const float x : samples) sum += static_cast<double>(x) * x;
    return sum;
}

std::vector<float> tone(double hz, std::size_t count) {
    std::vector<float> samples(count);
    for (std::size_t i = 0; i < count; ++i)
        samples[i] = static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 16000));
    return samples;
}

/// Power of the bins first..last of a discrete Fourier transform, summed over blocks of 1024 samples.
double band_power(const std::vector<float>& samples, std::size_t first, std::size_t last) {
    constexpr std::size_t length = 1024;
    std::vector<double> cosine(length);
    for (std::size_t i = 0; i < length; ++i)
        cosine[i] = std::cos(2 * std::numbers::pi * static_cast<double>(i) / length);
    double power = 0;
    for (std::size_t begin = 0; begin + length <= samples.size(); begin += length)
        for (std::size_t k = first; k < last; ++k) {
            double real = 0, imaginary = 0;
            for (std::size_t i = 0; i < length; ++i) {
                real += samples[begin + i] * cosine[k * i % length];
                imaginary += samples[begin + i] * cosine[(k * i + length / 4) % length];
            }
            power += real * real + imaginary * imaginary;
        }
    return power;
}

double decibel(double ratio) { return 10 * std::log10(ratio); }

} // namespace

/// A store of four speakers, two recordings each, whose folder is `store`.
struct spoken_tree : corpus_tree {
    spoken_tree() {
        import_settings settings;
        settings.store = path / "store";
        for (int speaker = 1; speaker <= 4; ++speaker)
            for (int number = 1; number <= 2; ++number)
                record("v/wav/id0000" + std::to_string(speaker) + "/a/" + std::to_string(number) + ".wav",
                       .7 + .1 * speaker, static_cast<std::uint32_t>(10 * speaker + number));
        settings.corpora = {{"voxceleb", path / "v"}};
        settings.shortest_seconds = .5;
        import_store(settings);
    }
};

BOOST_FIXTURE_TEST_SUITE(waveform_test, corpus_tree)

BOOST_AUTO_TEST_CASE(noise_reaches_the_ratio_asked_for) {
    counter_random random(1, 2, 3);
    for (const double wanted : {-5., 0., 7.5, 30.}) {
        const auto speech = congruential_samples(16000, 5);
        auto both = speech;
        add_noise(both, pink_noise(speech.size(), random), wanted);
        std::vector<float> added(both.size());
        for (std::size_t i = 0; i < both.size(); ++i) added[i] = both[i] - speech[i];
        BOOST_TEST(std::abs(decibel(energy(speech) / energy(added)) - wanted) < .1);
    }
    std::vector<float> silent(10, 0.f), loud(10, 1.f);
    add_noise(silent, loud, 0);
    BOOST_TEST(energy(silent) == 0);
    add_noise(loud, silent, 0);
    BOOST_TEST(energy(loud) == 10);
    BOOST_CHECK_EXCEPTION(add_noise(loud, tone(1, 9), 0), std::invalid_argument, says("9 samples", "10"));
}

BOOST_AUTO_TEST_CASE(convolution_is_the_sum_that_defines_it) {
    const auto samples = congruential_samples(300, 1), response = congruential_samples(40, 2);
    const auto result = convolve(samples, response);
    BOOST_REQUIRE(result.size() == samples.size());
    const double scale = std::sqrt(energy(samples) * energy(response));
    for (std::size_t t = 0; t < result.size(); ++t) {
        double sum = 0;
        for (std::size_t k = 0; k < response.size() && k <= t; ++k)
            sum += static_cast<double>(samples[t - k]) * response[k];
        BOOST_TEST(std::abs(result[t] - sum) < 1e-5 * scale);
    }
}

BOOST_AUTO_TEST_CASE(rooms_have_unit_energy_and_decay) {
    for (std::uint64_t i = 0; i < 20; ++i) {
        counter_random random(1, 0, i);
        const auto room = generate_room(random);
        BOOST_TEST(std::abs(energy(room) - 1) < 1e-5);
        BOOST_TEST(room.size() >= 3200u);
        BOOST_TEST(room.size() <= 12800u);
        // 60 dB over its length: 15 dB, a factor of 31.6, from one quarter to the next.
        const std::size_t quarter = room.size() / 4;
        const std::vector<float> second(room.begin() + static_cast<std::ptrdiff_t>(quarter),
                                        room.begin() + static_cast<std::ptrdiff_t>(2 * quarter));
        const std::vector<float> third(room.begin() + static_cast<std::ptrdiff_t>(2 * quarter),
                                       room.begin() + static_cast<std::ptrdiff_t>(3 * quarter));
        BOOST_TEST(std::abs(decibel(energy(second) / energy(third)) - 15) < 3);
        const double direct = static_cast<double>(room[0]) * room[0];
        BOOST_TEST(decibel(direct / (1 - direct)) > -.01);
        BOOST_TEST(decibel(direct / (1 - direct)) < 12.01);
    }
}

BOOST_AUTO_TEST_CASE(speed_moves_length_and_frequency) {
    for (const double speed : {.9, 1., 1.1}) {
        const auto result = change_speed(tone(1000, 16000), speed);
        BOOST_TEST(result.size() == static_cast<std::size_t>(std::lround(16000 / speed)));
        int crossings = 0;
        for (std::size_t i = 1000; i < 13000; ++i) crossings += result[i] < 0 && result[i + 1] >= 0;
        BOOST_TEST(std::abs(crossings - 750 * speed) <= 1); // in .75 s
    }
}

BOOST_AUTO_TEST_CASE(white_noise_is_flat_in_hertz_and_pink_noise_in_octaves) {
    counter_random random(3, 1, 4);
    const auto white = white_noise(65536, random), pink = pink_noise(65536, random);
    BOOST_TEST(std::abs(energy(white) / 65536 - 1) < .02);
    BOOST_TEST(std::abs(energy(pink) / 65536 - 1) < 1e-4);
    for (std::size_t bin = 8; bin < 256; bin *= 2) {
        const double white_step = band_power(white, 2 * bin, 4 * bin) / band_power(white, bin, 2 * bin);
        const double pink_step = band_power(pink, 2 * bin, 4 * bin) / band_power(pink, bin, 2 * bin);
        BOOST_TEST(std::abs(decibel(white_step) - 3.01) < 1);
        BOOST_TEST(std::abs(decibel(pink_step)) < 1);
    }
}

BOOST_AUTO_TEST_CASE(the_peak_is_brought_to_full_scale) {
    std::vector<float> quiet{1, -2, .5f}, silent(3, 0.f);
    normalize_peak(quiet, 1);
    BOOST_TEST(std::abs(quiet[1] + 2 / 2.0001) < 1e-6);
    BOOST_TEST(std::abs(quiet[0] / quiet[1] + .5) < 1e-6);
    normalize_peak(silent, 1);
    BOOST_TEST(energy(silent) == 0);
}

BOOST_AUTO_TEST_CASE(musan_has_categories_and_other_folders_are_noise) {
    record("musan/noise/free-sound/n.wav", .05, 1);
    record("musan/music/fma/m.wav", 2, 2);
    record("musan/speech/us-gov/s.wav", .3, 3, 8000);
    const noise_library musan(path / "musan");
    BOOST_TEST(musan.size() == 3u);
    std::size_t seen[3] = {};
    for (std::uint64_t i = 0; i < 60; ++i) {
        counter_random random(1, 1, i);
        const auto drawn = musan.draw(4000, random);
        BOOST_REQUIRE(drawn.samples.size() == 4000u);
        if (drawn.category->name == "noise") {
            ++seen[0];
            BOOST_TEST(drawn.category->highest_db == 15);
            BOOST_TEST(drawn.samples[800] == drawn.samples[0]); // 800 samples, repeated
        } else if (drawn.category->name == "music") {
            ++seen[1];
            BOOST_TEST(drawn.category->lowest_db == 5);
            const auto whole = congruential_samples(32000, 2);
            BOOST_TEST(
                (std::search(whole.begin(), whole.end(), drawn.samples.begin(), drawn.samples.end()) != whole.end()));
        } else {
            ++seen[2];
            BOOST_TEST(drawn.category->highest_db == 30);
        }
    }
    for (const std::size_t count : seen) BOOST_TEST(count > 5u);
    BOOST_TEST(noise_library(path / "musan/music").size() == 1u);
    write("empty/readme.txt", "none");
    BOOST_CHECK_EXCEPTION(noise_library(path / "empty"), std::runtime_error, says("empty", "MUSAN"));
    write("broken/x.wav", "no audio");
    counter_random random(1, 1, 1);
    BOOST_CHECK_EXCEPTION(noise_library(path / "broken").draw(10, random), std::runtime_error,
                          says("x.wav", "augmentation"));
    write_floats("nan/x.wav", std::vector<float>(100, std::numeric_limits<float>::quiet_NaN()));
    BOOST_CHECK_EXCEPTION(noise_library(path / "nan").draw(10, random), std::runtime_error,
                          says("x.wav", "augmentation", "not finite"));
    BOOST_CHECK_EXCEPTION(room_library(path / "nan").draw(random), std::runtime_error,
                          says("x.wav", "augmentation", "not finite"));
    write_floats("silent/x.wav", std::vector<float>(100, 0.f));
    BOOST_CHECK_EXCEPTION(room_library(path / "silent").draw(random), std::runtime_error, says("x.wav", "silent"));
    record("hall/x.wav", 61, 1, 1000);
    BOOST_CHECK_EXCEPTION(room_library(path / "hall").draw(random), std::runtime_error, says("x.wav", "61", "60 s"));
}

BOOST_AUTO_TEST_CASE(rooms_of_a_folder_are_its_responses_only) {
    record("RIRS_NOISES/simulated_rirs/smallroom/Room001/Room001-00001.wav", .1, 1);
    record("RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_rir_x.wav", .1, 2, 16000, 2);
    record("RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_noise_x.wav", .1, 3);
    record("RIRS_NOISES/pointsource_noises/noise-1.wav", .1, 4);
    const room_library rooms(path / "RIRS_NOISES");
    BOOST_TEST(rooms.size() == 2u);
    for (std::uint64_t i = 0; i < 10; ++i) {
        counter_random random(1, 1, i);
        const auto room = rooms.draw(random);
        BOOST_TEST(room.size() == 1600u); // one of the two channels
        BOOST_TEST(std::abs(energy(room) - 1) < 1e-5);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(waveform_augmentation_test, spoken_tree)

BOOST_AUTO_TEST_CASE(a_variant_is_a_function_of_seed_utterance_and_number) {
    const speech_store speech(path / "store");
    waveform_augmentation_settings settings;
    settings.probability = 1;
    const waveform_augmenter one(speech, settings), two(speech, settings);
    settings.seed = 2;
    const waveform_augmenter other(speech, settings);
    for (std::size_t i = 0; i < speech.training().size(); ++i)
        for (std::int64_t number = 1; number <= 4; ++number) {
            const auto samples = one.variant(i, number);
            BOOST_REQUIRE((samples == two.variant(i, number)));
            BOOST_REQUIRE((samples != other.variant(i, number)));
            BOOST_TEST(samples.size() ==
                       static_cast<std::size_t>(
                           std::lround(static_cast<double>(speech.training()[i].sample_count) / one.speed_of(number))));
            float peak = 0;
            for (const float x : samples) peak = std::max(peak, std::abs(x));
            BOOST_TEST(std::abs(peak / 32768 - 1) < 1e-3);
        }
    BOOST_REQUIRE((one.variant(0, 1) != one.variant(0, 4))); // the same speed
    BOOST_TEST(one.speed_of(4) == 1.);
    BOOST_TEST(one.speed_of(2) == .9);
}

BOOST_AUTO_TEST_CASE(probability_zero_leaves_the_speech_as_it_is) {
    const speech_store speech(path / "store");
    waveform_augmentation_settings settings;
    settings.probability = 0;
    const waveform_augmenter augmenter(speech, settings);
    BOOST_TEST(augmenter.variant(3, 1) == speech.samples(speech.training()[3]), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(noise_and_rooms_of_folders_are_used) {
    record("noise/n.wav", 3, 77);
    write("room/r.txt", "none");
    {
        // A room that only delays by one sample.
        SndfileHandle room((path / "room/r.wav").string(), SFM_WRITE, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 16000);
        const short delay[2] = {0, 16384};
        room.write(delay, 2);
    }
    const speech_store speech(path / "store");
    waveform_augmentation_settings settings;
    settings.probability = 1;
    settings.noises = path / "noise";
    settings.rooms = path / "room";
    const waveform_augmenter augmenter(speech, settings);
    int delayed = 0, disturbed = 0;
    for (std::size_t i = 0; i < 8; ++i)
        for (std::int64_t number = 1; number <= 10; number += 3) {
            const auto plain = speech.samples(speech.training()[i]);
            const auto copy = augmenter.variant(i, number);
            // Without its scale: how much of the copy the delayed speech explains.
            double product = 0;
            for (std::size_t t = 1; t < copy.size(); ++t) product += static_cast<double>(copy[t]) * plain[t - 1];
            const double explained = product * product / (energy(copy) * energy(plain));
            ++(explained > .999 ? delayed : disturbed);
        }
    BOOST_TEST(delayed > 5);
    BOOST_TEST(disturbed > 5);
}

BOOST_AUTO_TEST_CASE(variants_are_cached_whatever_the_threads_and_survive_a_cut) {
    const speech_store speech(path / "store");
    waveform_augmentation_settings settings;
    settings.probability = 1;
    const waveform_augmenter augmenter(speech, settings);
    filter_bank_settings bank;
    bank.mel_bins = 40;
    const auto read = [&](const feature_file& file) {
        std::vector<float> all;
        for (std::size_t i = 0; i < speech.training().size(); ++i) {
            const auto values = file.utterance(i).values();
            all.insert(all.end(), values.begin(), values.end());
        }
        return all;
    };
    const feature_file one = compute_variant(speech, bank, augmenter, 2, {1, path / "one", {}});
    const feature_file three = compute_variant(speech, bank, augmenter, 2, {3, path / "three", {}});
    BOOST_REQUIRE((read(one) == read(three)));
    const filter_bank filters(bank);
    const auto first = one.utterance(0).values();
    BOOST_REQUIRE((std::vector<float>(first.begin(), first.end()) == filters.compute(augmenter.variant(0, 2)).values));
    BOOST_TEST(!compute_variant(speech, bank, augmenter, 2, {1, path / "one", {}}).computed());
    BOOST_TEST(compute_variant(speech, bank, augmenter, 3, {1, path / "one", {}}).computed());
    std::filesystem::resize_file(one.path(), std::filesystem::file_size(one.path()) - 4);
    const feature_file again = compute_variant(speech, bank, augmenter, 2, {1, path / "one", {}});
    BOOST_TEST(again.computed());
    BOOST_REQUIRE((read(again) == read(three)));
}

BOOST_AUTO_TEST_CASE(variants_follow_the_noises_and_rooms_that_they_were_made_with) {
    const speech_store speech(path / "store");
    record("noise/n.wav", .1, 1);
    record("room/r.wav", .1, 2);
    waveform_augmentation_settings settings;
    settings.noises = path / "noise";
    settings.rooms = path / "room";
    const auto described = [&] { return waveform_augmenter(speech, settings).description(1); };
    for (const auto& folder : {settings.noises, settings.rooms}) {
        const auto before = described();
        BOOST_TEST((described() == before));
        for (const auto& each : std::filesystem::recursive_directory_iterator(folder))
            if (each.is_regular_file())
                std::filesystem::last_write_time(each, each.last_write_time() + std::chrono::seconds(1));
        BOOST_TEST((described() != before));
    }
}

BOOST_AUTO_TEST_CASE(settings_survive_json_and_misuse_is_named) {
    const speech_store speech(path / "store");
    BOOST_CHECK_EXCEPTION(read_variant_settings(path / "store"), std::runtime_error,
                          says("no augmented variants", "compute_features", "--variants"));
    variant_settings written;
    written.count = 3;
    written.augmentation.noises = path / "noise";
    written.augmentation.speeds = {1, 1.05};
    written.augmentation.seed = 9;
    write_variant_settings(path / "store", written);
    const variant_settings found = read_variant_settings(path / "store");
    BOOST_TEST(found.count == 3);
    BOOST_TEST((nlohmann::json(found.augmentation) == nlohmann::json(written.augmentation)));
    auto wrong = nlohmann::json::parse(std::ifstream(path / "store/variants.json"));
    for (const nlohmann::json& count : {nlohmann::json(-1), nlohmann::json(1e300), nlohmann::json("1")}) {
        wrong["count"] = count;
        write("store/variants.json", wrong.dump());
        BOOST_CHECK_EXCEPTION(read_variant_settings(path / "store"), std::runtime_error, says("variants.json"));
    }
    write("store/variants.json", "{\"count\": 1}");
    BOOST_CHECK_EXCEPTION(read_variant_settings(path / "store"), std::runtime_error, says("variants.json"));

    waveform_augmentation_settings settings;
    const waveform_augmenter augmenter(speech, settings);
    BOOST_CHECK_EXCEPTION(augmenter.speed_of(0), std::invalid_argument, says("variant = 0"));
    settings.probability = 1.5;
    BOOST_CHECK_EXCEPTION(waveform_augmenter(speech, settings), std::invalid_argument, says("1.5"));
    settings = {};
    settings.speeds = {3};
    BOOST_CHECK_EXCEPTION(waveform_augmenter(speech, settings), std::invalid_argument, says("speed", "3"));
    settings = {};
    settings.rooms = path / "absent";
    BOOST_CHECK_EXCEPTION(waveform_augmenter(speech, settings), std::runtime_error, says("absent"));
}

BOOST_AUTO_TEST_SUITE_END()
