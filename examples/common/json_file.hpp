#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace examples {

/// Reads a JSON file. Throws std::runtime_error with one sentence that names the file and, for a syntax
/// error, the byte where it stands; also for a number that is too large.
nlohmann::json read_json_file(const std::filesystem::path& path);

/// Writes `value` indented by two, with a newline at the end, atomically (see atomic_file.hpp).
/// NaN and infinity become null: JSON has no others. Throws std::runtime_error for a text that is not UTF-8.
void write_json_file(const std::filesystem::path& path, const nlohmann::json& value);

} // namespace examples
