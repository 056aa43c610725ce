#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace speaker_verification {

struct process_result {
    int status = 0;     ///< exit status; 128 + n when signal n ended it, 127 when there is no such program
    std::string output; ///< standard output and standard error, as they came
};

/// Runs a program found on PATH, without a shell, in the given folder, and waits for it. Messages are in
/// English (LC_ALL=C). Throws std::runtime_error when no process can be made.
process_result run_program(const std::vector<std::string>& command, const std::filesystem::path& folder);

} // namespace speaker_verification
