#include "speaker_verification/experiment/campaign.hpp"

#include "common/progress.hpp"

#include <algorithm>

namespace speaker_verification {

namespace {

constexpr double steps_per_second_unknown = 5;

/// One campaign's counts, and its line of progress.
class campaign {
  public:
    campaign(const grid& asked, const run_archive& archive, const run_executor& execute)
        : asked_(asked), archive_(archive), execute_(execute), prediction_(asked.speed),
          progress_("reproduce " + asked.name, 0) {}

    campaign_end run() {
        look_ahead();
        end_.plan = follow(
            asked_, [&](const planned_run& each) { return result_of(each); }, false);
        progress_.update(done_, end_.interrupted ? "done, interrupted" : "done");
        progress_.finish();
        return std::move(end_);
    }

  private:
    /// Learns from the runs that are done, and refuses what was begun with other settings before work starts.
    void look_ahead() {
        const auto look = [&](const planned_run& each) {
            archive_.require_same_settings(each);
            const auto record = archive_.load(each);
            if (record) prediction_.learn(*record);
            return archive_.result_of(each);
        };
        const auto plan = follow(asked_, look, true);
        for (const auto& each : plan.all_runs()) done_ += archive_.is_done(each) ? 1 : 0;
    }

    std::optional<run_result> result_of(const planned_run& each) {
        archive_.require_same_settings(each);
        if (!archive_.is_done(each)) {
            if (end_.interrupted) return std::nullopt;
            train(each);
        }
        return archive_.result_of(each);
    }

    void train(const planned_run& each) {
        // What is left is asked for again at each run: searches may end early, and speeds become known.
        const auto known = follow(
            asked_, [&](const planned_run& run) { return archive_.result_of(run); }, true);
        const auto left = work_of(known, archive_, prediction_);
        const auto show = [&](std::int64_t step) {
            const double done_of_this = double(step) * prediction_.seconds_of_step(each.network);
            progress_.update(done_, "done, " + std::to_string(left.runs) + " to go  " + each.name + " step " +
                                        std::to_string(step) + "/" +
                                        std::to_string(each.all.schedule.max_steps) + "  left " +
                                        examples::spell_duration(left.seconds - done_of_this));
        };
        show(0);
        const auto outcome = execute_(each, show);
        end_.interrupted = outcome.ending == run_ending::interrupted;
        if (outcome.ending == run_ending::failed) {
            ++end_.failed;
            archive_.note_failure(each, outcome.failure);
        }
        if (outcome.ending == run_ending::finished) {
            ++end_.finished;
            ++done_;
            archive_.forget_failure(each);
            if (const auto record = archive_.load(each)) prediction_.learn(*record);
        }
    }

    const grid& asked_;
    const run_archive& archive_;
    const run_executor& execute_;
    time_prediction prediction_;
    examples::progress_line progress_;
    campaign_end end_;
    std::int64_t done_ = 0;
};

} // namespace

void time_prediction::learn(const run_record& run) {
    auto& network = measured_[run.plan.network];
    network.steps += double(run.steps());
    network.seconds += run.training_seconds();
    if (run.score_seconds <= 0) return;
    score_seconds_ += run.score_seconds;
    ++scores_;
}

double time_prediction::seconds_of_step(const std::string& network) const {
    const auto measured = measured_.find(network);
    if (measured != measured_.end() && measured->second.steps > 0) {
        return measured->second.seconds / measured->second.steps;
    }
    const auto guessed = guess_.steps_per_second.find(network);
    return 1 / (guessed == guess_.steps_per_second.end() ? steps_per_second_unknown : guessed->second);
}

double time_prediction::seconds_of(const planned_run& run) const {
    const auto& length = run.all.schedule;
    double training = double(length.max_steps) * seconds_of_step(run.network);
    if (length.max_seconds > 0) training = std::min(training, length.max_seconds);
    return training + (scores_ > 0 ? score_seconds_ / scores_ : guess_.score_seconds);
}

work_left work_of(const followed_plan& plan, const run_archive& archive, const time_prediction& prediction) {
    work_left left;
    const auto add = [&](const planned_run& run, std::int64_t times) {
        left.runs += times;
        left.seconds += double(times) * prediction.seconds_of(run);
    };
    const auto add_unless_done = [&](const planned_run& run) {
        if (!archive.is_done(run)) add(run, 1);
    };
    for (const auto& each : plan.sweeps) {
        std::for_each(each.candidates.begin(), each.candidates.end(), add_unless_done);
    }
    for (const auto& each : plan.oracles) add(each.asked.base, each.runs_left);
    std::for_each(plan.runs.begin(), plan.runs.end(), add_unless_done);
    for (const auto& each : plan.waiting) add_unless_done(each.run);
    return left;
}

campaign_end run_campaign(const grid& asked, const run_archive& archive, const run_executor& execute) {
    return campaign(asked, archive, execute).run();
}

} // namespace speaker_verification
