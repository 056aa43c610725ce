#pragma once
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace speaker_verification {

/// What a safetensors file holds (https://github.com/huggingface/safetensors, "Format"):
///
///     u64 size of the header, little-endian | header, JSON | the tensors' bytes, little-endian, row-major
///
/// The header has {"dtype", "shape", "data_offsets": [begin, end]} by the tensors' names, and texts by name in
/// "__metadata__". The tensors cover all bytes behind it. Of the types, F32 and I64 are known here.
struct safetensors_contents {
    std::map<std::string, std::string> metadata;
    std::vector<stored_tensor> tensors; ///< in the order of their bytes
};

/// Whether a path names such a file: by its ending, .safetensors.
bool is_safetensors_path(const std::filesystem::path& path);

/// Writes atomically, int64 before float32 so that every tensor is aligned. Throws std::invalid_argument for a name that
/// occurs twice, of metadata or of no tensor, for another type, and for bytes that do not fit the shape; std::runtime_error
/// with one sentence when the file cannot be written.
void write_safetensors_file(const std::filesystem::path& path, const safetensors_contents& contents);

/// Throws std::runtime_error with one sentence when the file is missing, truncated, or no such file.
safetensors_contents read_safetensors_file(const std::filesystem::path& path);

} // namespace speaker_verification
