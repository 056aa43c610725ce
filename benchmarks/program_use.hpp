#pragma once

#include <cstdint>
#include <filesystem>

namespace bench {

/// What the program `embed` took.
struct program_use {
    std::int64_t peak_bytes; ///< of memory
    double load_ms;          ///< to read the model and make its network
    double whole_ms;         ///< from its start to its end
};

/// Runs it on one recording, which is read, embedded by one thread and written; the best of five for the times.
/// Throws std::runtime_error when it fails.
program_use use_of_embed(const std::filesystem::path& model, const std::filesystem::path& recording);

/// Noise as a mono WAV of 16 bits at 16 kHz.
void write_noise_recording(const std::filesystem::path& file, double seconds);

} // namespace bench
