#include "speaker_verification/data/audio/outside_audio.hpp"

#include <charconv>
#include <new>

#include "speaker_verification/data/archives/tar_shard.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/audio/usable_sound.hpp"
#include "speaker_verification/data/corpora/csv.hpp"
#include "speaker_verification/data/store/file_stamp.hpp"
#include "speaker_verification/data/store/fingerprint.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {
namespace {

/// One file, or one member of a tar archive.
struct audio_place {
    std::filesystem::path file;
    std::int64_t position = -1; ///< of the member's header; -1: a file of its own
};

audio_place place_of(const std::filesystem::path& root, const std::string& text) {
    const std::size_t at = text.rfind('@');
    if (at != std::string::npos && text.substr(0, at).ends_with(".tar")) {
        std::int64_t position = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + at + 1, end, position);
        if (error == std::errc() && stop == end) return {root / text.substr(0, at), position};
    }
    return {root / text, -1};
}

/// A member of an archive is read whole before it is decoded.
constexpr std::int64_t largest_member = 4 * most_samples;

std::vector<std::uint8_t> bytes_of(const audio_place& member) {
    return read_tar_member(member.file, member.position, largest_member);
}

void require_usable(int sample_rate, int channels) {
    const std::string remedy = ": convert it with ffmpeg -i IN -ac 1 -ar 16000 OUT.wav";
    if (sample_rate != store_sample_rate)
        throw unusable_audio("is sampled at " + std::to_string(sample_rate) + " Hz instead of 16000 Hz" + remedy);
    if (channels != 1) throw unusable_audio("has " + std::to_string(channels) + " channels instead of 1" + remedy);
}

/// Calls `use` for each file of a source; what is wrong with one of several becomes unusable_audio with its
/// name.
template <class Use>
void for_each_place(const std::filesystem::path& root, const std::string& source, Use use) {
    const auto parts = split(source, '|');
    for (const std::string& part : parts) {
        const std::string name = parts.size() == 1 ? "" : "'" + part + "' ";
        try {
            use(place_of(root, part));
        } catch (const std::runtime_error& error) {
            throw unusable_audio(name + error.what());
        } catch (const std::bad_alloc&) {
            throw unusable_audio(name + "needs more memory than there is: cut it into parts");
        }
    }
}

} // namespace

std::int64_t measure_outside_audio(const std::filesystem::path& root, const std::string& source) {
    std::int64_t samples = 0;
    for_each_place(root, source, [&](const audio_place& place) {
        const sound_format format = place.position < 0 ? inspect_file(place.file) : inspect_bytes(bytes_of(place));
        require_usable(format.sample_rate, format.channels);
        samples += format.frames;
    });
    return samples;
}

std::string outside_stamp(const std::filesystem::path& root, const std::string& source) {
    fingerprint stamps;
    for (const std::string& part : split(source, '|')) stamps.add(file_stamp(place_of(root, part).file));
    return stamps.hexadecimal();
}

std::vector<float> read_outside_audio(const std::filesystem::path& root, const std::string& source) {
    std::vector<float> samples;
    for_each_place(root, source, [&](const audio_place& place) {
        const sound part = place.position < 0 ? decode_file(place.file) : decode_bytes(bytes_of(place));
        require_usable(part.sample_rate, part.channels);
        if (const std::string reason = why_unusable(part.samples); !reason.empty()) throw unusable_audio(reason);
        samples.insert(samples.end(), part.samples.begin(), part.samples.end());
    });
    return samples;
}

} // namespace speaker_verification
