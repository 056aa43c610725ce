#include "speaker_verification/experiment/campaign.hpp"

#include "common/progress.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>

namespace speaker_verification {

namespace {

constexpr double steps_per_second_unknown = 5;

/// One campaign's counts, the runs that are being trained, and the line of progress.
class campaign {
  public:
    campaign(const grid& asked, const run_archive& archive, const run_executor& execute, std::int64_t jobs)
        : asked_(asked), archive_(archive), execute_(execute), jobs_(std::size_t(jobs)), prediction_(asked.speed),
          progress_("reproduce " + asked.name, 0) {}

    /// Waits for the runs beside one that threw.
    ~campaign() {
        for (auto& [name, each] : running_) {
            if (each.outcome.valid()) each.outcome.wait();
        }
    }

    campaign_end run() {
        look_ahead();
        // The threads of the runs only report, so everything here is locked but for the waiting.
        std::unique_lock lock(mutex_);
        for (;;) {
            // Asked for again after each run: searches may end early, and speeds become known.
            end_.plan = known_plan();
            left_ = work_of(end_.plan, archive_, prediction_);
            if (!end_.interrupted) start_what_can_be(end_.plan);
            if (running_.empty()) break;
            one_ended_.wait(lock, [&] { return !ended_.empty(); });
            auto ended = running_.extract(ended_.front());
            ended_.pop_front();
            note(ended.mapped().run, ended.mapped().outcome.get());
        }
        progress_.update(done_, end_.interrupted ? "done, interrupted" : "done");
        progress_.finish();
        return std::move(end_);
    }

  private:
    struct running_run {
        planned_run run;
        std::int64_t step = 0;
        std::future<run_outcome> outcome{};
    };

    followed_plan known_plan() const {
        return follow(
            asked_, [&](const planned_run& each) { return archive_.result_of(each); },
            [&](const planned_run& each) { return tried_.contains(each.name); });
    }

    /// Learns from the runs that are done, and refuses what was begun with other settings before work starts.
    void look_ahead() {
        for (const auto& each : known_plan().all_runs()) {
            archive_.require_same_settings(each);
            const auto record = archive_.load(each);
            if (record) prediction_.learn(*record);
            done_ += archive_.is_done(each) ? 1 : 0;
        }
    }

    void start_what_can_be(const followed_plan& plan) {
        for (const auto& each : plan.all_runs()) {
            if (running_.size() >= jobs_) return;
            const bool begun = running_.contains(each.name) || tried_.contains(each.name);
            if (!begun && !archive_.is_done(each)) start(each);
        }
    }

    /// Tells the campaign that a run ended, however it did.
    struct ending_notice {
        campaign& to;
        const std::string& name;

        ~ending_notice() {
            const std::lock_guard lock(to.mutex_);
            to.ended_.push_back(name);
            to.one_ended_.notify_one();
        }
    };

    void start(const planned_run& each) {
        archive_.require_same_settings(each);
        auto& started = running_.try_emplace(each.name, running_run{each}).first->second;
        show_progress();
        started.outcome = std::async(std::launch::async, [this, &started] {
            const ending_notice at_end{*this, started.run.name};
            return execute_(started.run, [this, &started](std::int64_t step) {
                const std::lock_guard lock(mutex_);
                started.step = step;
                show_progress();
            });
        });
    }

    void note(const planned_run& run, const run_outcome& outcome) {
        tried_.insert(run.name);
        if (outcome.ending == run_ending::interrupted) end_.interrupted = true;
        if (outcome.ending == run_ending::failed) {
            ++end_.failed;
            archive_.note_failure(run, outcome.failure);
        }
        if (outcome.ending == run_ending::finished) {
            ++end_.finished;
            ++done_;
            archive_.forget_failure(run);
            if (const auto record = archive_.load(run)) prediction_.learn(*record);
        }
    }

    void show_progress() {
        double seconds = left_.seconds;
        std::string steps;
        for (const auto& [name, each] : running_) {
            seconds -= double(each.step) * prediction_.seconds_of_step(each.run.network);
            steps += "  " + name + " step " + std::to_string(each.step) + "/" +
                     std::to_string(each.run.all.schedule.max_steps);
        }
        progress_.update(done_, "done, " + std::to_string(left_.runs) + " to go" + steps + "  left " +
                                    examples::spell_duration(seconds / double(jobs_)));
    }

    const grid& asked_;
    const run_archive& archive_;
    const run_executor& execute_;
    const std::size_t jobs_;
    time_prediction prediction_;
    examples::progress_line progress_;
    campaign_end end_;
    work_left left_;
    std::int64_t done_ = 0;
    std::set<std::string> tried_; ///< in this call, to whatever end
    std::mutex mutex_;
    std::condition_variable one_ended_;
    std::deque<std::string> ended_;
    std::map<std::string, running_run> running_;
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

std::int64_t runs_at_once(const grid& asked, std::int64_t processors) {
    std::int64_t threads = 1;
    const auto look = [&](const planned_run& run) {
        threads = std::max(threads, run.all.run.threads > 0 ? run.all.run.threads : processors);
    };
    for (const auto& each : asked.sweeps) look(each.base);
    for (const auto& each : asked.oracles) look(each.base);
    std::for_each(asked.runs.begin(), asked.runs.end(), look);
    return std::max<std::int64_t>(1, processors / threads);
}

campaign_end run_campaign(const grid& asked, const run_archive& archive, const run_executor& execute,
                          std::int64_t jobs) {
    return campaign(asked, archive, execute, jobs).run();
}

} // namespace speaker_verification
