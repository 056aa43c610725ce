#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace speaker_verification {

/// `count` bytes of a file from `offset` on. Throws std::runtime_error when the file has fewer.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t count);

/// A whole file.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file);

/// Unsigned integer of `bytes.size()` <= 4 bytes, most significant byte first.
std::uint32_t big_endian(std::span<const std::uint8_t> bytes);

/// The same, least significant byte first.
std::uint32_t little_endian(std::span<const std::uint8_t> bytes);

} // namespace speaker_verification
