#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace speaker_verification {

/// A trial list by the names it uses; each name is kept once, so that the 3.5 million trials of CN-Celeb take
/// 12 bytes each.
struct named_trials {
    struct trial {
        std::uint32_t a, b; ///< indices into names
        bool target;
    };
    std::vector<std::string> names;
    std::vector<trial> trials;
};

/// Reads a trial list of three words a line. Which is which the columns tell: the label stands first
/// (VoxCeleb: `1 a b`) or last (CN-Celeb: `a b 1`; Kaldi: `a b target`), and is 0, 1, target or nontarget in
/// every line.
///
/// Throws std::runtime_error (file, line, value, remedy) for other lines, for a list whose layout changes or
/// that fits both, and for one without trials.
named_trials read_named_trials(const std::filesystem::path& file);

} // namespace speaker_verification
