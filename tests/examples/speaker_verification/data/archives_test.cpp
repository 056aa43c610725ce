#include <cmath>
#include <numbers>

#include <boost/test/unit_test.hpp>
#include <sndfile.hh>

#include "bytes.hpp"
#include "golden.hpp"
#include "scratch_folder.hpp"
#include "speaker_verification/data/archives/drascula_speech.hpp"
#include "speaker_verification/data/archives/gsm_prompt.hpp"
#include "speaker_verification/data/archives/package_reader.hpp"
#include "speaker_verification/data/archives/queen_archive.hpp"
#include "speaker_verification/data/archives/sky_archive.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

/// What RNC method 1 makes of the 10 bytes 128 128 129 127 130 126 255 0 128 64: literals only, both
/// checksums right.
const bytes rnc_stream{0x52, 0x4e, 0x43, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x12,
                       0x49, 0x47, 0x83, 0x40, 0x00, 0x01, 0x14, 0x00, 0x80, 0x00, 0x20, 0x00,
                       0x80, 0x00, 0x80, 0x80, 0x81, 0x7f, 0x82, 0x7e, 0xff, 0x00, 0x80, 0x40};
const std::vector<float> rnc_samples{0, 0, 256, -256, 512, -512, 127 * 256, -128 * 256, 0, -64 * 256};

/// A sine of 440 Hz on the int16 scale.
std::vector<float> sine(int sample_rate, std::size_t count, double amplitude = 8000) {
    std::vector<float> samples;
    for (std::size_t i = 0; i < count; ++i)
        samples.push_back(static_cast<float>(
            amplitude * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / sample_rate)));
    return samples;
}

void encode(const std::filesystem::path& file, const std::vector<float>& samples, int format, int sample_rate,
            int channels = 1) {
    SndfileHandle handle(file.string(), SFM_WRITE, format, channels, sample_rate);
    std::vector<short> rounded(samples.begin(), samples.end());
    handle.write(rounded.data(), static_cast<sf_count_t>(rounded.size()));
}

bytes contents_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Cosine between two signals: a lossy codec keeps the shape.
double similarity(const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

bytes queen_table(const std::vector<std::pair<std::string, bytes>>& members) {
    bytes table{'Q', 'T', 'B', 'L', 'C', 'E', 'M', '1', '0', 0, 0, 0, 1}, data;
    append(table, big(static_cast<std::uint32_t>(members.size()), 2));
    const std::size_t start = 15 + 21 * members.size();
    for (const auto& [name, contents] : members) {
        bytes padded(name.begin(), name.end());
        padded.resize(12, 0);
        append(table, padded);
        append(table, {0});
        append(table, big(static_cast<std::uint32_t>(start + data.size()), 4));
        append(table, big(static_cast<std::uint32_t>(contents.size()), 4));
        append(data, contents);
    }
    append(table, data);
    return table;
}

/// sky.dnr and sky.dsk with one packed member at a small offset and one raw member at an offset in units
/// of 16.
void write_sky(const std::filesystem::path& folder) {
    bytes packed(22, 7), raw(22, 7), damaged(22, 7);
    append(packed, rnc_stream);
    append(raw, {128, 130});
    append(damaged, rnc_stream);
    damaged.back() ^= 1;
    bytes disk = packed;
    disk.resize(64, 0);
    append(disk, raw);
    disk.resize(128, 0);
    append(disk, damaged);
    write_bytes(folder / "sky.dsk", disk);
    bytes table = little(3, 4);
    const auto add = [&](int id, std::uint32_t offset, std::size_t size, std::uint32_t flags) {
        append(table, little(static_cast<std::uint32_t>(id), 2));
        append(table, little(offset, 3));
        append(table, little(static_cast<std::uint32_t>(size) | flags, 3));
    };
    add(50001, 0, packed.size(), 0);
    add(50002, 0x800000 | 4, raw.size(), 0x400000);
    add(50003, 128, damaged.size(), 0x800000);
    write_bytes(folder / "sky.dnr", table);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(archives_test, scratch_folder)

BOOST_AUTO_TEST_CASE(unsigned_8_bit_is_centred_at_128) {
    const sound result = decode_unsigned_8_bit(bytes{0, 128, 255}, 11025);
    BOOST_TEST(result.samples == std::vector<float>({-32768, 0, 32512}), boost::test_tools::per_element());
    BOOST_TEST(result.sample_rate == 11025);
}

BOOST_AUTO_TEST_CASE(drascula_speech_starts_behind_32_bytes) {
    bytes file(32, 9);
    append(file, {128, 129});
    write_bytes(path / "a.ALS", file);
    const sound result = decode_drascula_speech(path / "a.ALS");
    BOOST_TEST(result.samples == std::vector<float>({0, 256}), boost::test_tools::per_element());
    BOOST_TEST(result.sample_rate == 11025);
    write_bytes(path / "b.ALS", bytes(31, 9));
    BOOST_CHECK_EXCEPTION(decode_drascula_speech(path / "b.ALS"), std::runtime_error, says("b.ALS", "header"));
    BOOST_CHECK_EXCEPTION(decode_drascula_speech(path / "c.ALS"), std::runtime_error, says("c.ALS", "No such file"));
}

BOOST_AUTO_TEST_CASE(gsm_frames_are_20_milliseconds) {
    encode(path / "a.gsm", sine(8000, 8000), SF_FORMAT_RAW | SF_FORMAT_GSM610, 8000);
    BOOST_TEST(std::filesystem::file_size(path / "a.gsm") == 50u * 33u);
    const sound result = decode_gsm_prompt(path / "a.gsm");
    BOOST_TEST(result.sample_rate == 8000);
    BOOST_TEST(result.samples.size() == 8000u);
    BOOST_TEST(similarity(result.samples, sine(8000, 8000)) > .97);
}

BOOST_AUTO_TEST_CASE(ogg_vorbis_stereo_is_mixed_down) {
    std::vector<float> interleaved;
    for (const float x : sine(22050, 22050)) interleaved.insert(interleaved.end(), {x, x / 2});
    encode(path / "a.ogg", interleaved, SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22050, 2);
    const sound result = package_reader(path).decode("a.ogg");
    BOOST_TEST(result.channels == 1);
    BOOST_TEST(result.sample_rate == 22050);
    BOOST_TEST(result.samples.size() == 22050u);
    std::vector<float> expected = sine(22050, 22050, 6000);
    BOOST_TEST(similarity(result.samples, expected) > .99);
    BOOST_TEST(std::abs(*std::max_element(result.samples.begin(), result.samples.end()) - 6000) < 600);
}

BOOST_AUTO_TEST_CASE(queen_archive_finds_mp3_members_by_name) {
    encode(path / "a.mp3", sine(11025, 22050), SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 11025);
    const bytes mp3 = contents_of(path / "a.mp3");
    write_bytes(path / "queen.1c", queen_table({{"OTHER.SAM", {1, 2, 3}}, {"020001P2.SB", mp3}}));
    const queen_archive archive(path / "queen.1c");
    const sound result = archive.decode("020001P2.SB");
    BOOST_TEST(result.sample_rate == 11025);
    BOOST_TEST(result.samples.size() >= 22050u);
    const float loudest = *std::max_element(result.samples.begin(), result.samples.end());
    BOOST_TEST(std::abs(loudest - 8000) < 800);
    BOOST_CHECK_EXCEPTION(archive.decode("ABSENT.SB"), std::runtime_error, says("queen.1c", "ABSENT.SB"));
    BOOST_CHECK_THROW(archive.decode("OTHER.SAM"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(queen_archive_refuses_other_files) {
    write_bytes(path / "queen.1c", bytes(100, 0));
    BOOST_CHECK_EXCEPTION(queen_archive(path / "queen.1c"), std::runtime_error, says("queen.1c", "no queen.1c"));
    bytes truncated = queen_table({{"A.SB", {1, 2, 3}}});
    truncated.resize(20);
    write_bytes(path / "queen.1c", truncated);
    BOOST_CHECK_EXCEPTION(queen_archive(path / "queen.1c"), std::runtime_error, says("queen.1c", "truncated"));
}

BOOST_AUTO_TEST_CASE(sky_archive_unpacks_rnc_and_takes_raw_members) {
    write_sky(path);
    const sky_archive archive(path / "sky.dsk");
    BOOST_TEST(archive.decode(50001).samples == rnc_samples, boost::test_tools::per_element());
    BOOST_TEST(archive.decode(50001).sample_rate == 11025);
    BOOST_TEST(archive.decode(50002).samples == std::vector<float>({0, 512}), boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION(archive.decode(50003), std::runtime_error, says("50003", "damaged RNC"));
    BOOST_CHECK_EXCEPTION(archive.decode(59999), std::runtime_error, says("59999", "does not exist"));
}

BOOST_AUTO_TEST_CASE(sky_archive_refuses_a_damaged_table) {
    write_sky(path);
    write_bytes(path / "sky.dnr", {200, 0, 0, 0, 1});
    BOOST_CHECK_EXCEPTION(sky_archive(path / "sky.dsk"), std::runtime_error, says("sky.dnr", "damaged"));
}

BOOST_AUTO_TEST_CASE(package_reader_chooses_by_container_and_ending) {
    write_sky(path / "usr");
    bytes als(32, 0);
    append(als, {129});
    write_bytes(path / "usr/x.ALS", als);
    const package_reader reader(path);
    BOOST_TEST(reader.decode("usr/sky.dsk:50001").samples.size() == 10u);
    BOOST_TEST(reader.decode("usr/x.ALS").samples.size() == 1u);
    BOOST_CHECK_EXCEPTION(reader.decode("usr/sky.dsk:first"), std::runtime_error, says("'first'", "number"));
    write_bytes(path / "usr/empty.ALS", bytes(32, 0));
    BOOST_CHECK_EXCEPTION(reader.decode("usr/empty.ALS"), std::runtime_error, says("empty.ALS", "no sample"));
}

BOOST_AUTO_TEST_CASE(resampling_keeps_the_signal_and_scales_its_length) {
    for (const int rate : {8000, 11025, 22050, 44100}) {
        const auto count = static_cast<std::size_t>(rate);
        const sound result = resample({rate, 1, sine(rate, count)}, 16000);
        BOOST_TEST(result.sample_rate == 16000);
        BOOST_TEST(std::abs(static_cast<double>(result.samples.size()) - 16000) <= 1);
        // The ends lack neighbours, so the middle is compared.
        const std::vector<float> expected = sine(16000, 16000);
        for (std::size_t i = 1000; i < 15000; ++i)
            BOOST_REQUIRE_MESSAGE(std::abs(result.samples[i] - expected[i]) < 8, rate << " Hz, sample " << i);
    }
}

BOOST_AUTO_TEST_CASE(rounding_clips) {
    const auto result = to_int16(std::vector<float>{40000, -40000, .6f, -1.4f});
    BOOST_TEST(result == std::vector<std::int16_t>({32767, -32768, 1, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
