#include "speaker_verification/data/archives/drascula_speech.hpp"

#include <stdexcept>

#include "speaker_verification/data/archives/binary_file.hpp"

namespace speaker_verification {

sound decode_drascula_speech(const std::filesystem::path& file) {
    constexpr std::size_t header_size = 32;
    const auto bytes = read_bytes(file);
    if (bytes.size() < header_size)
        throw std::runtime_error("'" + file.string() + "' is shorter than the header of a Drascula speech file");
    return decode_unsigned_8_bit(std::span(bytes).subspan(header_size), 11025);
}

} // namespace speaker_verification
