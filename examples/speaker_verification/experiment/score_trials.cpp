#include "speaker_verification/experiment/score_trials.hpp"

#include "speaker_verification/training/reports/trial_scores.hpp"

namespace speaker_verification {

scored_trial_source trials_of(const run_archive& archive) {
    return [&archive](const run_record& run, const std::string& asked) -> std::optional<std::vector<speaker_trial>> {
        const auto condition = run.list_named(asked);
        const auto list = condition.substr(0, condition.find('/'));
        const auto path = archive.folder_of(run.plan) / "scores" / (list + ".csv");
        if (list.empty() || !std::filesystem::exists(path)) return std::nullopt;
        auto trials = trials_of_condition(read_trial_scores(path), list, condition, &trial_score::cosine);
        if (trials.empty()) return std::nullopt;
        return trials;
    };
}

} // namespace speaker_verification
