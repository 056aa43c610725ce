#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace speaker_verification {

/// Decoded audio on the int16 scale (-32768..32767), channels interleaved.
struct sound {
    int sample_rate = 0; ///< Hz
    int channels = 1;
    std::vector<float> samples;
};

/// What a file's header says about its sound.
struct sound_format {
    int sample_rate = 0; ///< Hz
    int channels = 1;
    std::int64_t frames = 0; ///< samples of each channel
};

/// Samples of all channels that one file may have: 4.6 hours of mono at 16 kHz, a gigabyte. Longer ones, and rates below
/// 1 kHz or above 768 kHz, are refused before memory is taken for them.
inline constexpr std::int64_t most_samples = std::int64_t{1} << 28;

/// All of these read a WAV whose header does not know its length, as of a program that wrote to a pipe, to its end, and
/// refuse a WAV or FLAC that ends before its header says.

/// Reads the header alone where that tells the length (WAV, FLAC), and decodes the file where it does not
/// (MP3, Ogg). Throws std::runtime_error with libsndfile's reason.
sound_format inspect_file(const std::filesystem::path& file);

/// The same for the bytes of a file, in memory.
sound_format inspect_bytes(std::span<const std::uint8_t> bytes);

/// Decodes a whole audio file that libsndfile recognises by its header: WAV, FLAC, Ogg Vorbis, MP3 and more.
/// Throws std::runtime_error with libsndfile's reason.
sound decode_file(const std::filesystem::path& file);

/// The same for the bytes of a file, in memory.
sound decode_bytes(std::span<const std::uint8_t> bytes);

/// Frames first..first+count-1 of a file, fewer at its end.
sound decode_part(const std::filesystem::path& file, std::int64_t first, std::int64_t count);

/// Decodes a mono file without a header. `format` is libsndfile's, such as SF_FORMAT_RAW | SF_FORMAT_GSM610.
sound decode_headerless_file(const std::filesystem::path& file, int format, int sample_rate);

/// Unsigned 8-bit PCM, mono, 128 = silence, brought to the int16 scale: (u - 128)*256.
sound decode_unsigned_8_bit(std::span<const std::uint8_t> bytes, int sample_rate);

/// The mean of the channels.
sound mix_to_mono(sound input);

/// The first of the channels: of a room's response, of which a mean would be no response.
sound first_channel(sound input);

/// Band-limited resampling by libsamplerate of mono audio. Equal rates return the input.
sound resample(sound input, int sample_rate);

/// `ratio` times as many samples for the same sound, by libsamplerate; the last is the caller's to cut.
std::vector<float> resample_by(std::span<const float> samples, double ratio);

/// Rounded and clipped to 16 bits.
std::vector<std::int16_t> to_int16(std::span<const float> samples);

} // namespace speaker_verification
