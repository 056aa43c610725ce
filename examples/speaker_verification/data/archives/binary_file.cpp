#include "speaker_verification/data/archives/binary_file.hpp"

#include <fstream>
#include <stdexcept>
#include <string>

namespace speaker_verification {

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t count) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(file, error);
    if (error) throw std::runtime_error("cannot read '" + file.string() + "': " + error.message());
    if (offset > size || count > size - offset)
        throw std::runtime_error("'" + file.string() + "' is truncated: it has " + std::to_string(size) + " bytes, " +
                                 std::to_string(offset + count) + " are needed");
    std::vector<std::uint8_t> bytes(count);
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    if (!stream) throw std::runtime_error("cannot read '" + file.string() + "'");
    return bytes;
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(file, error);
    if (error) throw std::runtime_error("cannot read '" + file.string() + "': " + error.message());
    return read_bytes(file, 0, size);
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

} // namespace speaker_verification
