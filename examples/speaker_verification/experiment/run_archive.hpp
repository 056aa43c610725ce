#pragma once
/// The runs of a grid on disk: which are done, with which settings, and what they left.
#include "speaker_verification/experiment/grid.hpp"
#include "speaker_verification/experiment/plan.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace speaker_verification {

/// A finished run: its plan, score.json, and the lines of log.jsonl told apart.
struct run_record {
    planned_run plan;
    nlohmann::json score;
    std::vector<nlohmann::json> training, validation; ///< lines with a loss; lines with a validation_accuracy
    double score_seconds = 0;

    double sparsity() const;              ///< at the end, as the optimizer counts it
    std::optional<double> lambda() const; ///< at the end
    double validation_accuracy() const;   ///< of the last validation; 0 without one
    /// Share of held-out utterances of training speakers that are told right: score.json's `closed_set`, else
    /// the last validation's.
    double closed_set_accuracy() const;
    /// The name under which the run has the list: a fold of a rotation that holds out others than the
    /// standard list has the rotation's instead. Empty when it has neither.
    std::string list_named(const std::string& list) const;
    std::optional<double> eer(const std::string& list) const; ///< as a share
    double training_seconds() const;
    std::int64_t steps() const;
    /// Share of the training time that was waited for batches.
    double waited() const;
};

/// `folder`/runs/NAME, each a run of `train` and `score`, beside `folder`/configs/NAME.toml, what `train` was
/// given.
class run_archive {
  public:
    run_archive(std::filesystem::path folder, std::string speech);

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path folder_of(const planned_run& run) const { return folder_ / "runs" / run.name; }
    std::filesystem::path config_of(const planned_run& run) const;

    /// The run's settings with its name and folders.
    settings complete_settings(const planned_run& run) const;

    /// Whether score.json is there.
    bool is_done(const planned_run& run) const;

    /// Throws std::runtime_error, one sentence with the first setting that differs, when the folder holds a
    /// run that was begun with other settings than the grid has now. Threads and prefetching may differ.
    void require_same_settings(const planned_run& run) const;

    /// Why the last attempt failed, if it did.
    std::optional<std::string> failure_of(const planned_run& run) const;
    void note_failure(const planned_run& run, const std::string& sentence) const;
    void forget_failure(const planned_run& run) const;
    void note_score_seconds(const planned_run& run, double seconds) const;

    /// nullopt when it is not done. Throws std::runtime_error when its files cannot be read.
    std::optional<run_record> load(const planned_run& run) const;

    /// What `follow` asks for, of finished runs only.
    std::optional<run_result> result_of(const planned_run& run) const;

  private:
    std::filesystem::path folder_;
    std::string speech_;
};

/// Name of the first setting in which two runs differ, with both values; empty when a run of one can stand
/// for the other.
std::string first_difference(const settings& begun, const settings& wanted);

} // namespace speaker_verification
