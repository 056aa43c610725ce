#include "speaker_verification/data/audio/wav_length.hpp"

#include <array>
#include <cstring>

#include "speaker_verification/data/archives/binary_file.hpp"

namespace speaker_verification {
namespace {

constexpr std::uint64_t chunk_head = 8;

/// What is entered where the length is not known is 0, the largest number, or, by sox, this.
constexpr std::uint64_t least_unknown = 0x7ffff000;

struct chunk {
    std::array<char, 4> name{};
    std::uint64_t size = 0;

    bool is(const char* wanted) const { return std::memcmp(name.data(), wanted, 4) == 0; }
};

std::optional<chunk> chunk_at(const read_bytes_at& read, std::uint64_t place) {
    std::array<std::uint8_t, chunk_head> bytes{};
    if (read(place, bytes.data(), bytes.size()) != bytes.size()) return {};
    chunk result;
    std::memcpy(result.name.data(), bytes.data(), 4);
    result.size = little_endian(std::span(bytes).subspan(4));
    return result;
}

std::uint64_t behind(std::uint64_t place, const chunk& which) {
    return place + chunk_head + which.size + which.size % 2;
}

/// Whether all that follows `place` is chunks: then a length of 0 before them was meant.
bool chunks_to_the_end(const read_bytes_at& read, std::uint64_t place, std::uint64_t file_size) {
    while (place < file_size) {
        const auto next = chunk_at(read, place);
        if (!next) return false;
        place = behind(place, *next);
    }
    return place <= file_size + 1;
}

} // namespace

std::optional<wav_length> find_wav_length(const read_bytes_at& read, std::uint64_t file_size) {
    std::array<char, 12> head{};
    if (read(0, head.data(), head.size()) != head.size() || std::memcmp(head.data(), "RIFF", 4) != 0 ||
        std::memcmp(head.data() + 8, "WAVE", 4) != 0)
        return {};
    for (std::uint64_t place = head.size(); place < file_size;) {
        const auto next = chunk_at(read, place);
        if (!next) return {};
        if (!next->is("data")) {
            place = behind(place, *next);
            continue;
        }
        wav_length result;
        result.data_field = place + 4;
        result.promised = next->size;
        const std::uint64_t begin = place + chunk_head;
        result.present = file_size - begin;
        result.streamed = result.promised == 0 ? !chunks_to_the_end(read, begin, file_size)
                                               : result.promised >= least_unknown && result.promised > result.present;
        return result;
    }
    return {};
}

} // namespace speaker_verification
