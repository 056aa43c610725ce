#pragma once

#include <filesystem>
#include <string>

namespace speaker_verification {

/// A seal, <file>.seal, notices that a file of a cache has changed though its size has not. It holds the checksum of the
/// contents, and the stamp (file_stamp.hpp) that the file had when that was taken: as long as the stamp is the same, the
/// file need not be read. A file that was copied is read once, and sealed again where the folder can be written.

/// 16 digits for the contents of a file, all of which is read: gigabytes a second. Not meant to withstand an adversary.
/// Throws std::runtime_error when it cannot be read.
std::string content_checksum(const std::filesystem::path& file);

/// Seals a file that has this checksum. Throws std::runtime_error when the seal cannot be written.
void seal_file(const std::filesystem::path& file, const std::string& checksum);

void remove_seal(const std::filesystem::path& file);

/// What the file had when it was sealed; empty without a seal.
std::string sealed_checksum(const std::filesystem::path& file);

/// Whether the contents have this checksum, by the seal if that is of the file as it is.
bool has_checksum(const std::filesystem::path& file, const std::string& checksum);

} // namespace speaker_verification
