#include "speaker_verification/data/audio/sound_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

#include <samplerate.h>
#include <sndfile.hh>

namespace speaker_verification {
namespace {

/// libsndfile's floats span -1..1.
constexpr float int16_scale = 32768.f;

void require_open(SndfileHandle& handle) {
    if (handle.error() != SF_ERR_NO_ERROR) throw std::runtime_error(handle.strError());
}

sound read_all(SndfileHandle& handle) {
    require_open(handle);
    sound result{handle.samplerate(), std::max(handle.channels(), 1), {}};
    // Compressed formats may not know their length, so read until nothing comes.
    std::vector<float> block(static_cast<std::size_t>(result.channels) * 65536);
    for (;;) {
        const sf_count_t count = handle.read(block.data(), static_cast<sf_count_t>(block.size()));
        if (count <= 0) break;
        for (sf_count_t i = 0; i < count; ++i) result.samples.push_back(block[i] * int16_scale);
    }
    return result;
}

sound_format inspect(SndfileHandle& handle) {
    require_open(handle);
    sound_format result{handle.samplerate(), std::max(handle.channels(), 1), handle.frames()};
    const int type = handle.format() & SF_FORMAT_TYPEMASK;
    if (type != SF_FORMAT_WAV && type != SF_FORMAT_FLAC)
        result.frames = static_cast<std::int64_t>(read_all(handle).samples.size()) / result.channels;
    return result;
}

/// A read-only file in memory, for libsndfile's callbacks.
struct memory_file {
    std::span<const std::uint8_t> bytes;
    sf_count_t position = 0;

    sf_count_t size() const { return static_cast<sf_count_t>(bytes.size()); }
};

sf_count_t memory_size(void* user) { return static_cast<memory_file*>(user)->size(); }

sf_count_t memory_tell(void* user) { return static_cast<memory_file*>(user)->position; }

sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
    auto& file = *static_cast<memory_file*>(user);
    const sf_count_t origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.position : file.size();
    file.position = std::clamp<sf_count_t>(origin + offset, 0, file.size());
    return file.position;
}

sf_count_t memory_read(void* target, sf_count_t count, void* user) {
    auto& file = *static_cast<memory_file*>(user);
    count = std::min(count, file.size() - file.position);
    std::memcpy(target, file.bytes.data() + file.position, static_cast<std::size_t>(count));
    file.position += count;
    return count;
}

sf_count_t memory_write(const void*, sf_count_t, void*) { return 0; }

} // namespace

sound_format inspect_file(const std::filesystem::path& file) {
    SndfileHandle handle(file.string());
    return inspect(handle);
}

sound_format inspect_bytes(std::span<const std::uint8_t> bytes) {
    SF_VIRTUAL_IO callbacks{memory_size, memory_seek, memory_read, memory_write, memory_tell};
    memory_file file{bytes};
    SndfileHandle handle(callbacks, &file);
    return inspect(handle);
}

sound decode_part(const std::filesystem::path& file, std::int64_t first, std::int64_t count) {
    SndfileHandle handle(file.string());
    require_open(handle);
    sound result{handle.samplerate(), std::max(handle.channels(), 1), {}};
    if (handle.seek(first, SEEK_SET) != first) throw std::runtime_error(handle.strError());
    result.samples.resize(static_cast<std::size_t>(count * result.channels));
    const sf_count_t frames = handle.readf(result.samples.data(), count);
    result.samples.resize(static_cast<std::size_t>(frames * result.channels));
    for (float& sample : result.samples) sample *= int16_scale;
    return result;
}

sound decode_file(const std::filesystem::path& file) {
    SndfileHandle handle(file.string());
    return read_all(handle);
}

sound decode_bytes(std::span<const std::uint8_t> bytes) {
    SF_VIRTUAL_IO callbacks{memory_size, memory_seek, memory_read, memory_write, memory_tell};
    memory_file file{bytes};
    SndfileHandle handle(callbacks, &file);
    return read_all(handle);
}

sound decode_headerless_file(const std::filesystem::path& file, int format, int sample_rate) {
    SndfileHandle handle(file.string(), SFM_READ, format, 1, sample_rate);
    return read_all(handle);
}

sound decode_unsigned_8_bit(std::span<const std::uint8_t> bytes, int sample_rate) {
    sound result{sample_rate, 1, {}};
    result.samples.reserve(bytes.size());
    for (const std::uint8_t byte : bytes) result.samples.push_back((static_cast<float>(byte) - 128.f) * 256.f);
    return result;
}

sound mix_to_mono(sound input) {
    if (input.channels == 1) return input;
    const auto channels = static_cast<std::size_t>(input.channels);
    sound result{input.sample_rate, 1, std::vector<float>(input.samples.size() / channels, 0.f)};
    for (std::size_t i = 0; i < result.samples.size() * channels; ++i)
        result.samples[i / channels] += input.samples[i] / static_cast<float>(channels);
    return result;
}

sound first_channel(sound input) {
    const auto channels = static_cast<std::size_t>(input.channels);
    sound result{input.sample_rate, 1, {}};
    for (std::size_t i = 0; i < input.samples.size(); i += channels) result.samples.push_back(input.samples[i]);
    return result;
}

sound resample(sound input, int sample_rate) {
    if (input.sample_rate == sample_rate || input.samples.empty()) {
        input.sample_rate = sample_rate;
        return input;
    }
    const double ratio = static_cast<double>(sample_rate) / input.sample_rate;
    return {sample_rate, 1, resample_by(input.samples, ratio)};
}

std::vector<float> resample_by(std::span<const float> samples, double ratio) {
    std::vector<float> result(static_cast<std::size_t>(std::ceil(static_cast<double>(samples.size()) * ratio)) + 1);
    SRC_DATA data{};
    data.data_in = samples.data();
    data.input_frames = static_cast<long>(samples.size());
    data.data_out = result.data();
    data.output_frames = static_cast<long>(result.size());
    data.src_ratio = ratio;
    if (const int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1); error != 0)
        throw std::runtime_error(src_strerror(error));
    result.resize(static_cast<std::size_t>(data.output_frames_gen));
    return result;
}

std::vector<std::int16_t> to_int16(std::span<const float> samples) {
    std::vector<std::int16_t> result;
    result.reserve(samples.size());
    for (const float x : samples)
        result.push_back(static_cast<std::int16_t>(std::lrint(std::clamp(x, -32768.f, 32767.f))));
    return result;
}

} // namespace speaker_verification
