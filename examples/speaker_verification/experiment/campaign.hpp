#pragma once
/// Runs everything of a grid that is not done, as many runs at once as there is room for.
#include "speaker_verification/experiment/run_archive.hpp"

#include <functional>
#include <string>

namespace speaker_verification {

enum class run_ending { finished, failed, interrupted };

struct run_outcome {
    run_ending ending = run_ending::finished;
    std::string failure{}; ///< one sentence, where it failed
};

/// Trains and scores one run, or goes on with it, so that the archive has its score.json; calls `at_step` now
/// and then with the steps that are done. Called from several threads where runs are trained at once.
using run_executor = std::function<run_outcome(const planned_run&, const std::function<void(std::int64_t)>& at_step)>;

/// Seconds that runs take, from what was measured on this machine so far, else from the grid's guess.
class time_prediction {
  public:
    explicit time_prediction(speed_guess guess) : guess_(std::move(guess)) {}

    /// Takes the speed of a finished run into account.
    void learn(const run_record& run);
    double seconds_of(const planned_run& run) const;
    double seconds_of_step(const std::string& network) const;

  private:
    struct sums {
        double steps = 0, seconds = 0;
    };
    speed_guess guess_;
    std::map<std::string, sums> measured_;
    double score_seconds_ = 0, scores_ = 0;
};

/// What a plan still needs: runs and predicted seconds. Runs that wait for others are among them, and as many
/// of an oracle search as it may take.
struct work_left {
    std::int64_t runs = 0;
    double seconds = 0;
};
work_left work_of(const followed_plan& plan, const run_archive& archive, const time_prediction& prediction);

struct campaign_end {
    bool interrupted = false;
    std::int64_t finished = 0, failed = 0; ///< in this call
    followed_plan plan;
};

/// How many runs `processors` have room for, each with the threads that the grid's runs ask for (`threads` in
/// the section `run`): 1 where one asks for all of them, which 0 does.
std::int64_t runs_at_once(const grid& asked, std::int64_t processors);

/// Runs what is not done, `jobs` (above 0) at once where they do not wait for each other's results, with one
/// line of progress and the time left over all. A failed run is recorded and does not stop the others; it is
/// tried again by the next call. Throws std::runtime_error when a run on disk was begun with other settings
/// than the grid has now, before anything is run where that can be told; and what `execute` throws, once the
/// runs beside it have ended.
campaign_end run_campaign(const grid& asked, const run_archive& archive, const run_executor& execute,
                          std::int64_t jobs = 1);

} // namespace speaker_verification
