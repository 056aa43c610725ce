// Score files: `label a b score`, and the scores of trials, CSV.
#include "fuzz_input.hpp"

#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/training/reports/trial_scores.hpp"

#include <cmath>

using namespace speaker_verification;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzzing::text_of(data, size);
    const auto& folder = fuzzing::scratch();
    const auto file = folder.write("scores.txt", input);
    fuzzing::refuses_or_reads([&] { read_trial_scores(file); });
    fuzzing::refuses_or_reads([&] {
        const auto lines = read_score_file(file);
        // What is read can be written, and reads back.
        write_score_file(folder.path() / "again.txt", lines);
        const auto again = read_score_file(folder.path() / "again.txt");
        fuzzing::require(again.size() == lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            fuzzing::require(again[i].target == lines[i].target && again[i].enrolled == lines[i].enrolled &&
                             again[i].test == lines[i].test);
            fuzzing::require(std::abs(again[i].score - lines[i].score) <= 1e-8 * std::abs(lines[i].score));
        }
    });
    return 0;
}
