#include "speaker_verification/training/programs/recording_to_compare.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <sndfile.hh>

#include <cmath>
#include <limits>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

constexpr int pcm_wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16, float_wav = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

/// A second of noise, where 1 is full scale.
std::vector<float> noise() {
    counter_random random(5, 0, 0);
    std::vector<float> samples;
    for (int i = 0; i < 16000; ++i) samples.push_back(float(.1 * random.normal()));
    return samples;
}

void write_sound(const std::filesystem::path& file, const std::vector<float>& samples, int format) {
    SndfileHandle handle(file.string(), SFM_WRITE, format, 1, 16000);
    handle.write(samples.data(), sf_count_t(samples.size()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(recording_to_compare)

BOOST_AUTO_TEST_CASE(what_is_no_voice_is_refused_by_name) {
    const scratch_folder scratch;
    const auto file = scratch.path / "a.wav";
    const auto refusal = [&](const std::vector<float>& samples) {
        write_sound(file, samples, float_wav);
        return message_of([&] { read_recording_to_compare(file); });
    };
    BOOST_TEST(refusal(noise()) == "nothing was thrown");
    auto loud = noise();
    for (float& sample : loud) sample *= 32768; // integers that were written as floats
    BOOST_TEST(contains(refusal(loud), "times full scale): write floats between -1 and 1"));
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float bad : {std::nanf(""), infinity, -infinity, 1e29f, -1e29f}) {
        auto samples = noise();
        samples[8000] = bad;
        const auto message = refusal(samples);
        BOOST_TEST(
            contains(message, "audio file '" + file.string() + "' has a value that is no sound (sample 8000 is "),
            message);
    }
    BOOST_TEST(contains(refusal(std::vector<float>(16000, 0)), "a.wav' is silent (every sample is 0)"));
    BOOST_TEST(contains(refusal(std::vector<float>(16000, .25f)), "a.wav' is constant"));
}

BOOST_AUTO_TEST_CASE(a_file_shorter_than_its_header_promises_is_refused) {
    const scratch_folder scratch;
    for (const int format :
         {pcm_wav, float_wav, SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, SF_FORMAT_RF64 | SF_FORMAT_PCM_16,
          SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, pcm_wav | SF_ENDIAN_BIG}) {
        const auto file = scratch.path / ("sound-" + std::to_string(format));
        write_sound(file, noise(), format);
        BOOST_TEST(message_of([&] { read_recording_to_compare(file); }) == "nothing was thrown", format);
        std::filesystem::resize_file(file, std::filesystem::file_size(file) * 3 / 4);
        const auto message = message_of([&] { read_recording_to_compare(file); });
        BOOST_TEST(contains(message, "audio file '" + file.string() + "' "), message);
        BOOST_TEST(contains(message, "its header promises"), message);
    }
}

BOOST_AUTO_TEST_CASE(a_length_that_was_not_known_promises_nothing) {
    const scratch_folder scratch;
    const auto file = scratch.path / "streamed.wav";
    write_sound(file, noise(), pcm_wav);
    std::string bytes = bytes_of(file);
    const auto place = bytes.find("data");
    BOOST_TEST_REQUIRE(place != std::string::npos);
    bytes.replace(place + 4, 4, "\xff\xff\xff\xff");
    write_bytes(file, bytes);
    BOOST_TEST(read_recording_to_compare(file).size() == 16000u);
}

BOOST_AUTO_TEST_SUITE_END()
