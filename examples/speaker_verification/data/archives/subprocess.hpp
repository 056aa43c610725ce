#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace speaker_verification {

struct process_result {
    int status = 0;     ///< exit status; 128 + n when signal n ended it, 127 when there is no such program
    std::string output; ///< standard output and standard error, as they came
};

/// Runs a program found on PATH, without a shell, in the given folder, and waits for it. Messages are in
/// English (LC_ALL=C). Throws std::runtime_error when no process can be made. The program is killed when this process
/// ends before it. It works in `folder`: its arguments name files from there, or from the root.
///
/// While it runs, `keep_going`, if given, is called about five times a second; when that returns false the
/// program gets SIGTERM, once, and is waited for.
process_result run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                           const std::function<bool()>& keep_going = {});

} // namespace speaker_verification
