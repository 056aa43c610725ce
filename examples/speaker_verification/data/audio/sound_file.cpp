#include "speaker_verification/data/audio/sound_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <samplerate.h>
#include <sndfile.hh>
#include <sys/stat.h>
#include <unistd.h>

#include "speaker_verification/data/audio/wav_length.hpp"

namespace speaker_verification {
namespace {

/// libsndfile's floats span -1..1.
constexpr float int16_scale = 32768.f;

void require_open(SndfileHandle& handle) {
    if (handle.error() != SF_ERR_NO_ERROR) throw std::runtime_error(handle.strError());
    constexpr int slowest = 1000, fastest = 768000;
    if (handle.samplerate() < slowest || handle.samplerate() > fastest)
        throw std::runtime_error("is sampled at " + std::to_string(handle.samplerate()) +
                                 " Hz, which is no rate of sound (1000 to 768000 Hz): write it again");
}

/// Before anything is allocated for them.
void require_few(std::int64_t samples) {
    if (samples > most_samples)
        throw std::runtime_error("has " + std::to_string(samples) + " samples, more than the " +
                                 std::to_string(most_samples) + " that are read at once: cut it into parts");
}

/// Samples of all channels that the header promises; -1 where it does not say.
std::int64_t promised_samples(SndfileHandle& handle) {
    const int type = handle.format() & SF_FORMAT_TYPEMASK;
    if (type != SF_FORMAT_WAV && type != SF_FORMAT_FLAC) return -1;
    return handle.frames() >= std::numeric_limits<std::int64_t>::max() / 1024
               ? -1
               : static_cast<std::int64_t>(handle.frames()) * std::max(handle.channels(), 1);
}

/// Decodes all there is, block after block: compressed formats may not know their length.
template <class Use>
void for_each_block(SndfileHandle& handle, Use use) {
    require_open(handle);
    const std::int64_t promised = promised_samples(handle);
    require_few(promised);
    const int channels = std::max(handle.channels(), 1);
    std::vector<float> block(static_cast<std::size_t>(65536 / channels + 1) * static_cast<std::size_t>(channels));
    std::int64_t samples = 0;
    for (;;) {
        // Asked for single samples, libsndfile goes on behind the last frame with what is left of the file.
        const sf_count_t frames = handle.readf(block.data(), static_cast<sf_count_t>(block.size()) / channels);
        const sf_count_t count = frames * channels;
        if (count <= 0) break;
        samples += count;
        require_few(samples);
        use(std::span<const float>(block).first(static_cast<std::size_t>(count)));
    }
    if (promised > samples)
        throw std::runtime_error("breaks off: it has " + std::to_string(samples) + " samples of the " +
                                 std::to_string(promised) + " that its header promises; copy it again");
}

sound read_all(SndfileHandle& handle) {
    sound result{handle.samplerate(), std::max(handle.channels(), 1), {}};
    for_each_block(handle, [&](std::span<const float> block) {
        for (const float x : block) result.samples.push_back(x * int16_scale);
    });
    return result;
}

sound_format inspect(SndfileHandle& handle) {
    require_open(handle);
    sound_format result{handle.samplerate(), std::max(handle.channels(), 1), handle.frames()};
    const std::int64_t promised = promised_samples(handle);
    require_few(promised);
    if (promised >= 0) return result;
    std::int64_t samples = 0;
    for_each_block(handle, [&](std::span<const float> block) { samples += std::ssize(block); });
    result.frames = samples / result.channels;
    return result;
}

/// What libsndfile reads from, by callbacks: a file, or its bytes in memory. A WAV that was streamed appears with the
/// lengths that its header lacks; one that breaks off is refused.
class sound_source {
  public:
    sound_source(read_bytes_at read, std::uint64_t size) : read_(std::move(read)), size_(size) {
        length_ = find_wav_length(read_, size_);
        if (length_ && length_->breaks_off())
            throw std::runtime_error("breaks off: its header promises " + std::to_string(length_->promised) +
                                     " bytes of samples, of which " + std::to_string(length_->present) +
                                     " are there; copy it again");
    }
    sound_source(const sound_source&) = delete;
    sound_source& operator=(const sound_source&) = delete;

    SndfileHandle open() {
        SF_VIRTUAL_IO callbacks{[](void* self) { return static_cast<sf_count_t>(of(self).size_); },
                                [](sf_count_t offset, int whence, void* self) { return of(self).seek(offset, whence); },
                                [](void* target, sf_count_t count, void* self) { return of(self).next(target, count); },
                                [](const void*, sf_count_t, void*) { return sf_count_t{0}; },
                                [](void* self) { return static_cast<sf_count_t>(of(self).position_); }};
        return SndfileHandle(callbacks, this);
    }

  private:
    static sound_source& of(void* self) { return *static_cast<sound_source*>(self); }

    sf_count_t seek(sf_count_t offset, int whence) {
        const auto size = static_cast<sf_count_t>(size_);
        const sf_count_t origin = whence == SEEK_SET   ? 0
                                  : whence == SEEK_CUR ? static_cast<sf_count_t>(position_)
                                                       : size;
        position_ = static_cast<std::uint64_t>(std::clamp<sf_count_t>(origin + offset, 0, size));
        return static_cast<sf_count_t>(position_);
    }

    sf_count_t next(void* target, sf_count_t count) {
        if (count <= 0) return 0;
        const std::size_t found = read_(position_, target, static_cast<std::size_t>(count));
        if (length_ && length_->streamed) {
            enter(length_->riff_field, size_ - 8, target, found);
            enter(length_->data_field, length_->present, target, found);
        }
        position_ += found;
        return static_cast<sf_count_t>(found);
    }

    /// Puts a length into what was just read, as far as its four bytes lie there.
    void enter(std::uint64_t field, std::uint64_t length, void* target, std::size_t found) const {
        const std::uint64_t entered = std::min<std::uint64_t>(length, std::numeric_limits<std::uint32_t>::max());
        for (std::uint64_t i = 0; i < 4; ++i)
            if (field + i >= position_ && field + i < position_ + found)
                static_cast<std::uint8_t*>(target)[field + i - position_] = static_cast<std::uint8_t>(entered >> 8 * i);
    }

    read_bytes_at read_;
    std::uint64_t size_, position_ = 0;
    std::optional<wav_length> length_;
};

/// A file that is open as long as a sound_source reads it.
class opened_file {
  public:
    explicit opened_file(const std::filesystem::path& file) : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (number_ < 0) throw std::runtime_error(std::string("cannot be opened: ") + std::strerror(errno));
    }
    ~opened_file() { ::close(number_); }
    opened_file(const opened_file&) = delete;
    opened_file& operator=(const opened_file&) = delete;

    std::uint64_t size() const {
        struct stat status = {};
        return ::fstat(number_, &status) == 0 && status.st_size > 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    }

    std::size_t read(std::uint64_t place, void* target, std::size_t count) const {
        std::size_t done = 0;
        while (done < count) {
            const ssize_t some =
                ::pread(number_, static_cast<char*>(target) + done, count - done, static_cast<off_t>(place + done));
            if (some < 0 && errno == EINTR) continue;
            if (some <= 0) break;
            done += static_cast<std::size_t>(some);
        }
        return done;
    }

  private:
    int number_;
};

/// Hands `use` a handle of libsndfile on a file.
template <class Use>
auto with_file(const std::filesystem::path& file, Use use) {
    const opened_file opened(file);
    sound_source source(
        [&](std::uint64_t place, void* target, std::size_t count) { return opened.read(place, target, count); },
        opened.size());
    SndfileHandle handle = source.open();
    return use(handle);
}

template <class Use>
auto with_bytes(std::span<const std::uint8_t> bytes, Use use) {
    sound_source source(
        [bytes](std::uint64_t place, void* target, std::size_t count) -> std::size_t {
            if (place >= bytes.size()) return 0; // also keeps memcpy from an empty span's null
            count = std::min<std::size_t>(count, bytes.size() - place);
            std::memcpy(target, bytes.data() + place, count);
            return count;
        },
        bytes.size());
    SndfileHandle handle = source.open();
    return use(handle);
}

} // namespace

sound_format inspect_file(const std::filesystem::path& file) { return with_file(file, inspect); }

sound_format inspect_bytes(std::span<const std::uint8_t> bytes) { return with_bytes(bytes, inspect); }

sound decode_part(const std::filesystem::path& file, std::int64_t first, std::int64_t count) {
    return with_file(file, [&](SndfileHandle& handle) {
        require_open(handle);
        sound result{handle.samplerate(), std::max(handle.channels(), 1), {}};
        require_few(count);
        require_few(count * result.channels);
        if (handle.seek(first, SEEK_SET) != first) throw std::runtime_error(handle.strError());
        result.samples.resize(static_cast<std::size_t>(count * result.channels));
        const sf_count_t frames = handle.readf(result.samples.data(), count);
        result.samples.resize(static_cast<std::size_t>(frames * result.channels));
        for (float& sample : result.samples) sample *= int16_scale;
        return result;
    });
}

sound decode_file(const std::filesystem::path& file) { return with_file(file, read_all); }

sound decode_bytes(std::span<const std::uint8_t> bytes) { return with_bytes(bytes, read_all); }

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
    if (!src_is_valid_ratio(ratio))
        throw std::runtime_error("cannot be resampled to " + std::to_string(ratio) +
                                 " times its rate (1/256 to 256): choose another rate");
    const double length = std::ceil(static_cast<double>(samples.size()) * ratio) + 1;
    require_few(static_cast<std::int64_t>(length));
    std::vector<float> result(static_cast<std::size_t>(length));
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
