#include <fstream>

#include <boost/test/unit_test.hpp>
#include <sndfile.hh>

#include "golden.hpp"
#include "scratch_folder.hpp"
#include "speaker_verification/data/audio/read_audio.hpp"
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
