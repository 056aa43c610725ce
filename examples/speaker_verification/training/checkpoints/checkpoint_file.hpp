#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace speaker_verification {

/// A tensor as bytes: little-endian, row-major.
struct stored_tensor {
    std::string name;
    std::string type; ///< "float32" or "int64"
    std::vector<std::int64_t> shape;
    std::string bytes;
};

/// What a checkpoint file holds, whatever it means: a sealed file (see common/sealed_file.hpp) of magic
/// "BRGMSPKV". Its table has `meta`, and name, type, shape and size of each tensor and each block of bytes,
/// which follow one another in the payload.
struct checkpoint_contents {
    nlohmann::json meta;
    std::vector<stored_tensor> tensors;
    std::map<std::string, std::string> blocks; ///< opaque, such as an optimizer's state
};

/// Writes atomically. Throws std::runtime_error with one sentence when the file cannot be written.
void write_checkpoint_file(const std::filesystem::path& path, const checkpoint_contents& contents);

/// Throws std::runtime_error with one sentence when the file is missing, no checkpoint, of another version,
/// truncated, or does not match its checksum.
checkpoint_contents read_checkpoint_file(const std::filesystem::path& path);

} // namespace speaker_verification
