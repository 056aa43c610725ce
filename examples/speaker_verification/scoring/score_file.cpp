#include "speaker_verification/scoring/score_file.hpp"

#include "common/atomic_file.hpp"
#include "common/require.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace speaker_verification {

namespace {

void require_one_word(const std::string& name) {
    const bool spaced =
        std::any_of(name.begin(), name.end(), [](unsigned char letter) { return std::isspace(letter) != 0; });
    examples::require(!name.empty() && !spaced, "utterance", "'" + name + "'",
                      "must be one word: rename the file without white space");
}

score_line parse(const std::string& text, const std::string& where) {
    std::istringstream words(text);
    std::string label, rest;
    score_line line;
    const bool whole = words >> label >> line.enrolled >> line.test >> line.score && !(words >> rest);
    if (!whole || (label != "0" && label != "1") || !std::isfinite(line.score)) {
        throw std::runtime_error(where + " is '" + text + "': expected 'label a b score' with label 0 or 1");
    }
    line.target = label == "1";
    return line;
}

} // namespace

void write_score_file(const std::filesystem::path& path, const std::vector<score_line>& lines) {
    for (const auto& line : lines) {
        require_one_word(line.enrolled);
        require_one_word(line.test);
        examples::require(std::isfinite(line.score), "score", line.score,
                          "must be finite: look for an embedding that is not");
    }
    examples::write_file_atomically(path, [&](std::ostream& stream) {
        stream << std::setprecision(9);
        for (const auto& line : lines) {
            stream << int(line.target) << ' ' << line.enrolled << ' ' << line.test << ' ' << line.score << '\n';
        }
    });
}

std::vector<score_line> read_score_file(const std::filesystem::path& path) {
    std::ifstream stream(path);
    if (!stream) {
        throw std::runtime_error("cannot read '" + path.string() + "': check that it exists and is readable");
    }
    std::vector<score_line> lines;
    for (std::string text; std::getline(stream, text);) {
        lines.push_back(parse(text, path.string() + ":" + std::to_string(lines.size() + 1)));
    }
    return lines;
}

} // namespace speaker_verification
