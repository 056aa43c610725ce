#include "speaker_verification/training/programs/recording_to_compare.hpp"

#include "speaker_verification/data/audio/read_audio.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/audio/usable_sound.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

namespace speaker_verification {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
    throw std::runtime_error("audio file '" + file.string() + "' " + what);
}

/// A number of `size` bytes that the stream is at; nullopt at its end.
std::optional<std::uint64_t> next_number(std::istream& stream, int size, bool big_endian) {
    unsigned char bytes[8];
    if (!stream.read(reinterpret_cast<char*>(bytes), size)) return std::nullopt;
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | bytes[big_endian ? i : size - 1 - i];
    return value;
}

std::string next_letters(std::istream& stream) {
    char letters[4];
    return stream.read(letters, 4) ? std::string(letters, 4) : std::string{};
}

/// How many bytes of sound a WAV or AIFF file promises, and how many it has. libsndfile reads what is there.
struct promised_sound {
    std::uint64_t promised, present;
};

/// nullopt for other files, and where the length was not known when the header was written. WAV of the usual kind has
/// been looked at by then (sound_file.hpp); here are the big-endian, the large and Apple's.
std::optional<promised_sound> sound_in_chunks(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::uint64_t file_bytes = std::filesystem::file_size(file);
    const std::string kind = next_letters(stream);
    const bool big_endian = kind == "RIFX" || kind == "FORM";
    if (!big_endian && kind != "RF64") return std::nullopt;
    constexpr std::uint64_t unknown_from = 0x7ffff000; // what programs write that do not know yet
    stream.seekg(12);
    std::optional<std::uint64_t> long_size;
    for (;;) {
        const std::string name = next_letters(stream);
        const auto size = next_number(stream, 4, big_endian);
        if (!size) return std::nullopt;
        const std::uint64_t begin = std::uint64_t(stream.tellg());
        if (name == "ds64") {
            stream.seekg(std::streamoff(begin + 8));
            long_size = next_number(stream, 8, big_endian);
        }
        if (name == "data" || name == "SSND") {
            const bool unknown = *size == 0 || *size >= unknown_from;
            if (unknown && !long_size) return std::nullopt;
            return promised_sound{unknown ? *long_size : *size, file_bytes - std::min(begin, file_bytes)};
        }
        stream.seekg(std::streamoff(begin + *size + *size % 2));
    }
}

void require_whole(const std::filesystem::path& file, std::size_t samples) {
    const std::string remedy = ": copy or record it again";
    const auto bytes = sound_in_chunks(file);
    if (bytes && bytes->present < bytes->promised) {
        refuse(file, "ends after " + std::to_string(bytes->present) + " of the " + std::to_string(bytes->promised) +
                         " bytes of sound that its header promises" + remedy);
    }
    const auto frames = inspect_file(file).frames; // of one channel: read_audio takes no others
    if (std::int64_t(samples) < frames) {
        refuse(file, "ends after " + std::to_string(samples) + " of the " + std::to_string(frames) +
                         " samples that its header promises" + remedy);
    }
}

} // namespace

std::vector<float> read_recording_to_compare(const std::filesystem::path& file) {
    auto samples = read_audio(file);
    require_whole(file, samples.size());
    if (const std::string reason = why_unusable(samples); !reason.empty()) refuse(file, reason);
    return samples;
}

} // namespace speaker_verification
