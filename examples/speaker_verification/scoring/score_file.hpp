#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace speaker_verification {

/// A line `label a b score` of a score file: 1 for the same speaker, else 0; the two utterances; the score.
struct score_line {
    bool target;
    std::string enrolled;
    std::string test;
    double score;
};

/// Writes the lines with 9 significant digits, atomically. Throws std::invalid_argument for a name that is
/// empty or has white space and for a score that is not finite, std::runtime_error when the file cannot be
/// written.
void write_score_file(const std::filesystem::path& path, const std::vector<score_line>& lines);

/// Reads such a file. Throws std::runtime_error with the file and the number of a line it cannot read.
std::vector<score_line> read_score_file(const std::filesystem::path& path);

} // namespace speaker_verification
