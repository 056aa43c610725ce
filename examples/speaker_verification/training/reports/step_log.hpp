#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace speaker_verification {

/// log.jsonl: one JSON object a line, each with the `step` it tells of.
///
/// A resumed run opens it with the step of its checkpoint: lines of later steps, and a last line that an
/// interrupted run left unfinished, are dropped, so that no step is told twice.
class step_log {
  public:
    /// Throws std::runtime_error when the file cannot be written.
    step_log(const std::filesystem::path& path, std::int64_t resumed_after_step);

    /// Appends one line and flushes it. Throws std::runtime_error when the disk does not take it.
    void append(const nlohmann::json& line);

  private:
    std::filesystem::path path_;
    std::ofstream stream_;
};

/// The lines of a log, in order; lines that are no JSON object with a `step` are left out.
/// Throws std::runtime_error when the file cannot be read.
std::vector<nlohmann::json> read_step_log(const std::filesystem::path& path);

} // namespace speaker_verification
