#include <fstream>
#include <functional>
#include <limits>

#include <boost/test/unit_test.hpp>
#include <sndfile.hh>

#include "corpus_tree.hpp"
#include "speaker_verification/data/audio/read_audio.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/audio/usable_sound.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

void write_wav(const std::filesystem::path& file, std::size_t frames, int channels, int sample_rate,
               int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16) {
    SndfileHandle handle(file.string(), SFM_WRITE, format, channels, sample_rate);
    std::vector<short> samples;
    for (const float x : congruential_samples(frames * channels, 2)) samples.push_back(static_cast<short>(x));
    handle.write(samples.data(), static_cast<sf_count_t>(samples.size()));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(read_audio_test, scratch_folder)

BOOST_AUTO_TEST_CASE(samples_come_on_the_int16_scale) {
    write_wav(path / "good.wav", 16000, 1, 16000);
    BOOST_TEST(read_audio(path / "good.wav") == congruential_samples(16000, 2), boost::test_tools::per_element());
    write_wav(path / "good.flac", 16000, 1, 16000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    BOOST_TEST(read_audio(path / "good.flac") == congruential_samples(16000, 2), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stereo_is_refused) {
    write_wav(path / "stereo.wav", 16000, 2, 16000);
    BOOST_CHECK_EXCEPTION(read_audio(path / "stereo.wav"), std::runtime_error,
                          says("stereo.wav", "2 channels", "ffmpeg", "-ac 1"));
}

BOOST_AUTO_TEST_CASE(another_rate_is_refused) {
    write_wav(path / "telephone.wav", 16000, 1, 8000);
    BOOST_CHECK_EXCEPTION(read_audio(path / "telephone.wav"), std::runtime_error,
                          says("telephone.wav", "8000 Hz", "16000", "ffmpeg", "-ar 16000"));
}

BOOST_AUTO_TEST_CASE(too_short_is_refused) {
    write_wav(path / "short.wav", 4000, 1, 16000);
    BOOST_CHECK_EXCEPTION(read_audio(path / "short.wav"), std::runtime_error,
                          says("short.wav", "0.25 s", "0.50 s", "longer"));
    BOOST_TEST(read_audio(path / "short.wav", {.shortest_seconds = .2}).size() == 4000u);
}

BOOST_AUTO_TEST_CASE(empty_is_refused) {
    std::ofstream(path / "empty.wav").close();
    BOOST_CHECK_EXCEPTION(read_audio(path / "empty.wav"), std::runtime_error, says("empty.wav", "0 bytes"));
    write_wav(path / "header.wav", 0, 1, 16000);
    BOOST_CHECK_EXCEPTION(read_audio(path / "header.wav"), std::runtime_error, says("header.wav", "0 samples"));
}

BOOST_AUTO_TEST_CASE(missing_or_foreign_is_refused) {
    BOOST_CHECK_EXCEPTION(read_audio(path / "absent.wav"), std::runtime_error, says("absent.wav", "does not exist"));
    BOOST_CHECK_EXCEPTION(read_audio(path), std::runtime_error, says("not a file"));
    std::ofstream(path / "text.wav") << "this is no audio, only a sentence that is long enough to look at";
    BOOST_CHECK_EXCEPTION(read_audio(path / "text.wav"), std::runtime_error, says("text.wav", "decoded"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sound_file_test, corpus_tree)

BOOST_AUTO_TEST_CASE(a_wav_that_was_streamed_is_read_to_its_end) {
    const auto expected = record("whole.wav", .2, 5);
    const auto check = [&](const std::string& file, const std::vector<float>& samples) {
        std::ifstream stream(path / file, std::ios::binary);
        const bytes contents{std::istreambuf_iterator<char>(stream), {}};
        BOOST_TEST(inspect_file(path / file).frames == std::ssize(samples), file);
        BOOST_TEST(inspect_bytes(contents).frames == std::ssize(samples), file);
        BOOST_TEST((decode_file(path / file).samples == samples), file);
        BOOST_TEST((decode_bytes(contents).samples == samples), file);
    };
    check("whole.wav", expected);
    // Whoever writes to a pipe cannot come back to enter how long it became.
    for (const std::uint32_t riff : {0u, 36u, 0xffffffffu})
        for (const std::uint32_t data : {0u, 0x7ffff000u, 0xffffffffu}) {
            std::filesystem::copy_file(path / "whole.wav", path / "streamed.wav",
                                       std::filesystem::copy_options::overwrite_existing);
            patch("streamed.wav", 4, little(riff, 4));
            patch("streamed.wav", 40, little(data, 4));
            check("streamed.wav", expected);
            BOOST_TEST(decode_part(path / "streamed.wav", 3000, 500).samples.size() == 200u);
        }
    // An honest 0 has other chunks behind it, or nothing.
    record("empty.wav", 0, 5);
    check("empty.wav", {});
    std::ofstream(path / "empty.wav", std::ios::app) << std::string("LIST\4\0\0\0INFO", 12);
    check("empty.wav", {});
}

BOOST_AUTO_TEST_CASE(half_a_frame_behind_the_last_is_no_sound) {
    write_wav(path / "stereo.wav", 100, 2, 16000);
    std::ofstream(path / "stereo.wav", std::ios::app) << "xx";
    BOOST_TEST(decode_file(path / "stereo.wav").samples.size() == 200u);
}

BOOST_AUTO_TEST_CASE(a_wav_that_breaks_off_is_refused) {
    record("half.wav", .2, 5);
    cut_off("half.wav");
    for (const auto& use : {std::function<void()>([&] { inspect_file(path / "half.wav"); }),
                            std::function<void()>([&] { decode_file(path / "half.wav"); }),
                            std::function<void()>([&] { decode_part(path / "half.wav", 0, 10); })})
        BOOST_CHECK_EXCEPTION(use(), std::runtime_error, says("breaks off", "6400 bytes", "3178"));
    record("half.flac", .2, 5);
    cut_off("half.flac");
    BOOST_CHECK_EXCEPTION(decode_file(path / "half.flac"), std::runtime_error, says("breaks off", "3200"));
    BOOST_CHECK_THROW(decode_bytes({}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(what_would_not_fit_into_memory_is_refused_by_its_header) {
    record("sparse.wav", .1, 5);
    patch("sparse.wav", 40, little(0x7fff0000u, 4));
    std::filesystem::resize_file(path / "sparse.wav", 0x7fff0000ull + 44); // holes take no disk
    BOOST_CHECK_EXCEPTION(inspect_file(path / "sparse.wav"), std::runtime_error, says("1073709056 samples", "cut it"));
    BOOST_CHECK_EXCEPTION(decode_file(path / "sparse.wav"), std::runtime_error, says("1073709056 samples", "cut it"));
    record("slow.wav", .1, 5);
    patch("slow.wav", 24, little(1, 4));
    BOOST_CHECK_EXCEPTION(decode_file(path / "slow.wav"), std::runtime_error, says("1 Hz", "1000"));
    BOOST_CHECK_EXCEPTION(resample_by(std::vector<float>(10, 1.f), 1e5), std::runtime_error, says("100000", "256"));
}

BOOST_AUTO_TEST_CASE(samples_that_are_no_recording_are_told_apart) {
    const auto noise = congruential_samples(1000, 3);
    const auto with = [&](float value) {
        auto samples = noise;
        samples[500] = value;
        return why_unusable(samples);
    };
    BOOST_TEST(why_unusable(noise) == "");
    BOOST_TEST(with(std::numeric_limits<float>::quiet_NaN()).find("sample 500 is not finite") != std::string::npos);
    BOOST_TEST(with(-std::numeric_limits<float>::infinity()).find("sample 500 is not finite") != std::string::npos);
    BOOST_TEST(with(-32768e29f).find("sample 500 is 1e+29 times full scale") != std::string::npos);
    BOOST_TEST(with(50 * 32768.f) == ""); // loud, no more
    BOOST_TEST(why_unusable(std::vector<float>(100, 0.f)).find("is silent") == 0u);
    BOOST_TEST(why_unusable(std::vector<float>(100, -0.f)).find("is silent") == 0u);
    BOOST_TEST(why_unusable(std::vector<float>(100, 7.f)).find("is constant") == 0u);
    BOOST_TEST(why_unusable({}).find("has no samples") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
