// What is run, resumed, refused and recorded, with a runner that writes what `train` and `score` would.
#include "common/json_file.hpp"
#include "examples/common/scratch_folder.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/experiment/campaign.hpp"
#include "speaker_verification/experiment/run_with_programs.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace speaker_verification;

namespace {

std::string text_of_grid(double alpha, const std::string& common_sections = {}) {
    return "name = \"test\"\n" + common_sections + "[common.sparsity]\nalpha = " + shortest_text(alpha) + R"(
[variants.adaptive]
[variants.fixed]
oracle = true
[variants.fixed.sparsity]
law = "fixed"
[[oracles]]
networks = ["ecapa_tdnn"]
optimizers = ["adabreg"]
variant = "fixed"
targets = [0.9]
[[runs]]
networks = ["ecapa_tdnn"]
optimizers = ["adabreg"]
targets = [0.9]
variants = ["adaptive", "fixed"]
seeds = [1, 2]
)";
}

/// Writes a run's files as the programs would; sparsity grows with lambda.
struct fake_programs {
    const run_archive& archive;
    std::map<std::string, int> calls{};
    std::string fails{}, interrupts{};

    run_outcome operator()(const planned_run& run, const std::function<void(std::int64_t)>& at_step) {
        ++calls[run.name];
        const auto folder = archive.folder_of(run);
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "config.toml") << settings_text(archive.complete_settings(run));
        at_step(1);
        if (run.name == interrupts) return {run_ending::interrupted, {}};
        if (run.name == fails) return {run_ending::failed, "the loss was not finite: lower 'learning_rate'"};
        const double lambda = run.all.sparsity.lambda;
        std::ofstream(folder / "log.jsonl") << R"({"step": 4000, "loss": 1, "seconds": 20})" << '\n';
        examples::write_json_file(folder / "score.json", {{"network", {{"sparsity", lambda / (1 + lambda)}}},
                                                          {"steps", 4000},
                                                          {"seconds", 20},
                                                          {"lists", nlohmann::json::object()}});
        archive.note_score_seconds(run, 5);
        return {};
    }

    int all_calls() const {
        int sum = 0;
        for (const auto& [name, count] : calls) sum += count;
        return sum;
    }
};

campaign_end run(const grid& asked, const run_archive& archive, fake_programs& programs) {
    return run_campaign(asked, archive, [&](const auto& each, const auto& at_step) { return programs(each, at_step); });
}

} // namespace

BOOST_AUTO_TEST_CASE(everything_is_run_once_and_not_again) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    fake_programs programs{archive};
    const auto end = run(asked, archive, programs);
    BOOST_TEST(!end.interrupted);
    BOOST_TEST(end.failed == 0);
    for (const auto& each : end.plan.all_runs()) {
        BOOST_TEST(archive.is_done(each), each.name);
        BOOST_TEST(programs.calls[each.name] == 1);
    }
    const int calls = programs.all_calls();
    BOOST_TEST(calls > 4);
    run(asked, archive, programs);
    BOOST_TEST(programs.all_calls() == calls);
}

BOOST_AUTO_TEST_CASE(an_interrupted_campaign_goes_on_where_it_was) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    fake_programs programs{archive};
    programs.interrupts = "ecapa_tdnn-adabreg-t90-adaptive-s2";
    BOOST_TEST(run(asked, archive, programs).interrupted);
    BOOST_TEST(!programs.calls.contains("ecapa_tdnn-adabreg-t90-fixed-s1")); // nothing after it
    const auto before = programs.calls;

    programs.interrupts.clear();
    BOOST_TEST(!run(asked, archive, programs).interrupted);
    for (const auto& [name, count] : before) {
        const int more = name == "ecapa_tdnn-adabreg-t90-adaptive-s2" ? 1 : 0;
        BOOST_TEST(programs.calls[name] == count + more, name);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_run_is_recorded_stops_no_other_and_is_tried_again) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    fake_programs programs{archive};
    programs.fails = "ecapa_tdnn-adabreg-t90-adaptive-s1";
    const auto end = run(asked, archive, programs);
    BOOST_TEST(end.failed == 1);
    BOOST_TEST(archive.failure_of(asked.runs[0]).value() == "the loss was not finite: lower 'learning_rate'");
    BOOST_TEST(archive.is_done(end.plan.runs.back()));

    programs.fails.clear();
    BOOST_TEST(run(asked, archive, programs).finished == 1);
    BOOST_TEST(!archive.failure_of(asked.runs[0]));
}

namespace {

/// Ends no adaptive run before one was beside it; the trials of the search follow each other.
struct pairs_of_runs {
    fake_programs& programs;
    std::mutex mutex{};
    std::condition_variable met{};
    int running = 0, at_once = 0, pairs = 0;

    run_outcome operator()(const planned_run& run, const std::function<void(std::int64_t)>& at_step) {
        std::unique_lock lock(mutex);
        at_once = std::max(at_once, ++running);
        if (running == 2) ++pairs;
        met.notify_all();
        if (run.variant == "adaptive") met.wait_for(lock, std::chrono::seconds(20), [&] { return pairs > 0; });
        auto outcome = programs(run, [](std::int64_t) {});
        --running;
        lock.unlock();
        at_step(2);
        return outcome;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(runs_that_need_not_wait_for_each_other_are_trained_at_once) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    fake_programs programs{archive};
    pairs_of_runs pairs{programs};
    const auto end = run_campaign(asked, archive, std::ref(pairs), 2);
    BOOST_TEST(end.failed == 0);
    BOOST_TEST(pairs.at_once == 2);
    BOOST_TEST(pairs.pairs > 0);
    for (const auto& each : end.plan.all_runs()) BOOST_TEST(programs.calls[each.name] == 1, each.name);
    BOOST_TEST(end.plan.waiting.empty());
    BOOST_TEST(std::abs(archive.load(end.plan.runs.back())->sparsity() - .9) <= .005);
}

BOOST_AUTO_TEST_CASE(an_error_is_thrown_when_the_run_beside_it_has_ended) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    std::mutex mutex;
    std::condition_variable thrown;
    bool has_thrown = false, other_ended = false;
    const run_executor execute = [&](const planned_run& run, const auto& at_step) -> run_outcome {
        std::unique_lock lock(mutex);
        if (run.variant == "adaptive") {
            has_thrown = true;
            thrown.notify_all();
            throw std::runtime_error("no process could be made");
        }
        thrown.wait_for(lock, std::chrono::seconds(20), [&] { return has_thrown; });
        at_step(1);
        other_ended = true;
        return {run_ending::failed, "it was the other's fault"};
    };
    BOOST_CHECK_THROW(run_campaign(asked, archive, execute, 2), std::runtime_error);
    BOOST_TEST(has_thrown);
    BOOST_TEST(other_ended);
}

BOOST_AUTO_TEST_CASE(a_runner_that_leaves_no_score_is_not_called_for_ever) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    int calls = 0;
    run_campaign(asked, archive, [&](const auto&, const auto&) { return ++calls, run_outcome{}; });
    BOOST_TEST(calls == 3); // two adaptive runs and the first of the search
}

BOOST_AUTO_TEST_CASE(the_threads_of_the_runs_say_how_many_there_is_room_for) {
    const auto asked = [](const std::string& threads) {
        return read_grid(text_of_grid(1, "[common.run]\nthreads = " + threads + "\n"), "grid");
    };
    BOOST_TEST(runs_at_once(read_grid(text_of_grid(1), "grid"), 16) == 1); // each takes all processors
    BOOST_TEST(runs_at_once(asked("1"), 2) == 2);
    BOOST_TEST(runs_at_once(asked("4"), 18) == 4);
    BOOST_TEST(runs_at_once(asked("4"), 2) == 1);
}

BOOST_AUTO_TEST_CASE(a_run_with_other_settings_is_refused_before_anything_is_run) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    fake_programs programs{archive};
    run(read_grid(text_of_grid(1), "grid"), archive, programs);
    const int calls = programs.all_calls();
    BOOST_CHECK_EXCEPTION(run(read_grid(text_of_grid(.5), "grid"), archive, programs), std::runtime_error,
                          [](const auto& error) {
                              const std::string sentence = error.what();
                              return sentence.find("'alpha' = 1, the grid says 0.5") != std::string::npos;
                          });
    BOOST_TEST(programs.all_calls() == calls);
}

BOOST_AUTO_TEST_CASE(only_settings_that_matter_tell_runs_apart) {
    settings begun, wanted;
    wanted.run.threads = 7;
    wanted.run.name = "other";
    BOOST_TEST(first_difference(begun, wanted) == "");
    wanted.run.seed = 2;
    BOOST_TEST(first_difference(begun, wanted) == "'seed' = 1, the grid says 2");
}

BOOST_AUTO_TEST_CASE(time_is_predicted_from_the_guess_and_then_from_what_was_measured) {
    speed_guess guess{{{"ecapa_tdnn", 10}}, 3};
    time_prediction prediction(guess);
    planned_run plan;
    plan.network = "ecapa_tdnn";
    plan.all.schedule.max_steps = 100;
    BOOST_TEST(prediction.seconds_of(plan) == 100 / 10. + 3);
    prediction.learn({plan, {{"steps", 200}, {"seconds", 40}}, {}, {}, 7});
    BOOST_TEST(prediction.seconds_of(plan) == 100 / 5. + 7);
    plan.all.schedule.max_seconds = 12;
    BOOST_TEST(prediction.seconds_of(plan) == 12 + 7.);
}

BOOST_AUTO_TEST_CASE(what_is_left_counts_searches_and_runs_that_wait) {
    const scratch_folder scratch;
    const run_archive archive(scratch.path, "speech");
    const auto asked = read_grid(text_of_grid(1), "grid");
    const auto plan = follow(asked, [&](const auto& each) { return archive.result_of(each); });
    BOOST_TEST(work_of(plan, archive, time_prediction(asked.speed)).runs == 12 + 4); // the search's most, four runs
    fake_programs programs{archive};
    const auto end = run(asked, archive, programs);
    BOOST_TEST(work_of(end.plan, archive, time_prediction(asked.speed)).runs == 0);
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_programs_last_sentence) {
    BOOST_TEST(last_sentence("train 10/20\ntrain: no such file: give another\n\n") == "no such file: give another");
    BOOST_TEST(last_sentence("") == "it ended without a word");
}

BOOST_AUTO_TEST_CASE(a_program_dies_with_the_one_that_started_it) {
    const scratch_folder scratch;
    std::filesystem::create_directories(scratch.path);
    const auto fifo = scratch.path / "process";
    BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    // Orphans become this process's children, so that it can wait for them.
    BOOST_TEST_REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    const pid_t middle = ::fork();
    if (middle == 0) {
        run_program({"sh", "-c", "echo $$ > process; exec tail -f /dev/null"}, scratch.path);
        ::_exit(0);
    }
    pid_t orphan = 0;
    std::ifstream(fifo) >> orphan; // waits until it runs
    BOOST_TEST_REQUIRE(orphan > 0);
    ::kill(middle, SIGKILL);
    ::waitpid(middle, nullptr, 0);
    ::kill(orphan, SIGTERM); // ends what has outlived it
    int status = 0;
    BOOST_TEST(::waitpid(orphan, &status, 0) == orphan);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    BOOST_TEST(WTERMSIG(status) == SIGKILL);
}

BOOST_AUTO_TEST_CASE(one_program_at_a_time_writes_into_a_grid_s_folder) {
    const scratch_folder scratch;
    std::filesystem::create_directories(scratch.path / "test");
    std::ofstream(scratch.path / "grid.toml") << text_of_grid(1);
    const std::vector<std::string> command{REPRODUCE,    "--grid", "grid.toml",    "--results", scratch.path.string(),
                                           "--programs", "none",   "--only-report"};
    {
        const run_lock lock(scratch.path / "test", "another", "wait");
        const auto refused = run_program(command, scratch.path);
        BOOST_TEST(refused.status == 1);
        BOOST_TEST(refused.output == "reproduce: '" + (scratch.path / "test").string() +
                                         "' is in use by another (process " + std::to_string(::getpid()) +
                                         "): wait until it ends, or choose another folder with --results\n");
        BOOST_TEST(files_in(scratch.path / "test") == 1u);
    }
    BOOST_TEST(run_program(command, scratch.path).status == 0);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_waited_for_can_be_watched_and_ended) {
    int asked = 0;
    // Without the signal this would never end.
    const auto ended = run_program({"tail", "-f", "/dev/null"}, ".", [&] { return ++asked < 2; });
    BOOST_TEST(ended.status == 128 + SIGTERM);
    BOOST_TEST(asked == 2);
    const auto whole = run_program({"echo", "all of it"}, ".", [] { return true; });
    BOOST_TEST(whole.status == 0);
    BOOST_TEST(whole.output == "all of it\n");
}
