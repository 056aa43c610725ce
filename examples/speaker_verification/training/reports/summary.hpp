#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// What a demo must reach to count as one that works.
struct acceptance {
    double sparsity_tolerance = 0.01;     ///< |s - target|
    std::optional<double> headline_eer{}; ///< highest EER on the headline list, as a share; absent: not asked for
};

/// score.json of a run's folder, as `summarise_run` needs it, each field looked at as if a person had typed it. Throws
/// std::runtime_error with one sentence that names the file and the first field that is not as `score` writes it.
nlohmann::json read_scored_run(const std::filesystem::path& folder);

/// summary.json: {name, optimizer, target, sparsity, sparsity_of_counted (what the target is about),
/// sparsity_without_head, lambda, parameters, nonzeros, steps, eer: {list: share},
/// bytes: {dense, sparse}, seconds: {phase: s}}, and `compared` with the same of each other run.
nlohmann::json summarise_run(const nlohmann::json& score, const std::map<std::string, double>& seconds,
                             const std::vector<nlohmann::json>& compared);

/// The summary as lines of text: one column for each run, then the anchors for the lists that have them.
std::string summary_table(const nlohmann::json& summary);

/// One sentence for each condition that the summary misses; empty when it is accepted.
std::vector<std::string> shortcomings(const nlohmann::json& summary, const acceptance& asked);

} // namespace speaker_verification
