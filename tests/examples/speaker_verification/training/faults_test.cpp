#include "background_program.hpp"
#include "small_store.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/reports/figures.hpp"
#include "speaker_verification/training/reports/step_log.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unistd.h>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

std::int64_t step_of(const checkpoint_contents& contents) { return contents.meta["progress"]["clock"]["step"]; }

/// Runs the command and kills it as soon as its log tells of `step`.
void kill_at_step(std::int64_t step, const std::vector<std::string>& command, const program_folder& folder,
                  const std::filesystem::path& run) {
    std::filesystem::create_directories(run);
    const folder_watch watch(run);
    background_program program(command, folder.scratch.path);
    while (program.running() && last_step_told(run) < step) watch.wait();
    program.kill();
}

/// Everything that the two runs go on from, except the time that they took.
void check_same_state(const std::filesystem::path& one, const std::filesystem::path& other) {
    auto a = read_checkpoint_file(one / "last.checkpoint"), b = read_checkpoint_file(other / "last.checkpoint");
    BOOST_REQUIRE_EQUAL(a.tensors.size(), b.tensors.size());
    for (std::size_t i = 0; i < a.tensors.size(); ++i) {
        BOOST_TEST((a.tensors[i].bytes == b.tensors[i].bytes), a.tensors[i].name);
    }
    BOOST_TEST((a.blocks == b.blocks));
    for (auto* each : {&a, &b}) each->meta["progress"]["clock"].erase("seconds");
    BOOST_TEST(a.meta["progress"] == b.meta["progress"]);
}

std::vector<std::int64_t> steps_of_training(const std::filesystem::path& run) {
    std::vector<std::int64_t> steps;
    for (const auto& line : read_step_log(run / "log.jsonl")) {
        if (line.contains("loss")) steps.push_back(line["step"]);
    }
    return steps;
}

std::size_t unfinished_files(const std::filesystem::path& run) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(run)) {
        if (contains(entry.path().filename().string(), ".partial-")) ++count;
    }
    return count;
}

/// Short runs with a checkpoint every five steps.
struct checkpointed_runs : program_folder {
    checkpointed_runs() {
        all.schedule.max_steps = 80;
        all.monitoring.log_every = 1;
        all.monitoring.validate_every = 8;
        all.monitoring.checkpoint_every = 5;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(a_run_killed_at_random_moments_ends_as_if_it_had_not_been) {
    const checkpointed_runs runs;
    runs.succeed(runs.train("whole"));
    const auto run = runs / "killed";
    counter_random random(17, 0, 0);
    std::int64_t step = 0;
    for (int kills = 0; kills < 5; ++kills) {
        step = std::max(step, last_step_told(run)) + 1 + std::int64_t(random.below(7));
        const auto how = std::filesystem::exists(run / "config.toml") ? std::vector<std::string>{"--resume"}
                                                                      : std::vector<std::string>{};
        kill_at_step(step, runs.train("killed", how), runs, run);
        const auto reached = last_step_told(run);
        BOOST_TEST(reached >= step);
        const bool now_saved = std::filesystem::exists(run / "last.checkpoint");
        const auto kept = now_saved ? step_of(read_checkpoint_file(run / "last.checkpoint")) : 0;
        BOOST_TEST(reached - kept <= runs.all.monitoring.checkpoint_every);
        BOOST_TEST_MESSAGE("killed after step " << reached << ", went on from step " << kept);
        std::ofstream(run / "log.jsonl", std::ios::app) << "{\"step\": 7, \"los"; // torn in the middle
        BOOST_TEST(last_step_told(run) == reached);
    }
    BOOST_TEST(!draw_training(run).empty());
    runs.succeed(runs.train("killed", {"--resume"}));
    check_same_state(runs / "whole", run);
    BOOST_TEST(steps_of_training(run) == steps_of_training(runs / "whole"), boost::test_tools::per_element());
    BOOST_TEST(unfinished_files(run) == 0u);
}

BOOST_AUTO_TEST_CASE(a_run_killed_before_its_first_checkpoint_starts_anew) {
    checkpointed_runs runs;
    runs.all.schedule.max_steps = 6;
    runs.succeed(runs.train("whole"));
    for (const std::string how : {"", "--resume"}) {
        const auto run = runs / ("killed" + how);
        std::filesystem::create_directories(run);
        auto begun = runs.all;
        begun.run.name = "killed" + how;
        resolve_defaults(begun);
        write_bytes(run / "config.toml", settings_text(begun));
        std::vector<std::string> more;
        if (!how.empty()) more.push_back(how);
        runs.succeed(runs.train("killed" + how, more));
        check_same_state(runs / "whole", run);
    }
}

BOOST_AUTO_TEST_CASE(one_program_at_a_time_writes_into_a_run_s_folder) {
    checkpointed_runs runs;
    runs.all.schedule.max_steps = 4;
    runs.succeed(runs.train("run"));
    const auto checkpoint = (runs / "run" / "last.checkpoint").string();
    const std::string before = bytes_of(checkpoint);
    const std::vector<std::vector<std::string>> writers = {runs.train("run", {"--overwrite"}),
                                                           runs.train("run", {"--resume"}),
                                                           {SCORE, "--checkpoint", checkpoint, "--threads", "1"}};
    {
        const run_lock lock(runs / "run", "another", "wait");
        for (const auto& writer : writers) {
            const auto refused = runs.refusal(writer);
            BOOST_TEST(contains(refused, "'" + (runs / "run").string() + "' is in use by another (process " +
                                             std::to_string(::getpid()) + "): wait until it ends, or choose another"),
                       refused);
        }
        BOOST_TEST(contains(message_of([&] { run_lock(runs / "run", "a third", "wait"); }), "in use by another"));
        BOOST_TEST((bytes_of(checkpoint) == before));
        runs.succeed(runs.train("other"));
        runs.succeed({SCORE, "--checkpoint", checkpoint, "--threads", "1", "--out", (runs / "scored").string()});
    }
    runs.succeed(writers[1]);
    BOOST_TEST(!std::filesystem::exists(runs / "run" / "score.json"));
}

BOOST_AUTO_TEST_CASE(a_run_stays_in_its_folder_and_its_paths_are_utf8) {
    const program_folder folder;
    const auto named = [&](const std::string& name) { return folder.refusal(folder.train(name)); };
    BOOST_TEST(contains(named("../escaped"), "train: setting 'name' is '../escaped' but must be the name of one file"));
    BOOST_TEST(!std::filesystem::exists(folder.scratch.path.parent_path() / "escaped"));
    BOOST_TEST(contains(named(std::string(300, 'n')), "train: setting 'name' is 'nnn"));
    const std::string latin = (folder / "caf\xe9").string();
    BOOST_TEST(contains(folder.refusal(folder.train("run", {"--results", latin})),
                        "train: setting 'results' is '" + (folder / "caf?").string() + "', which is not UTF-8"));
    BOOST_TEST(!std::filesystem::exists(latin));
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_gives_way_to_the_one_before) {
    const checkpointed_runs runs;
    runs.succeed(runs.train("run"));
    const auto run = runs / "run";
    std::filesystem::copy(run, runs / "whole");
    const auto before_last = runs.all.schedule.max_steps - runs.all.monitoring.checkpoint_every;
    const std::string whole = bytes_of(run / "last.checkpoint");
    const auto damage_last = [&](const std::string& bytes) {
        std::filesystem::remove(run / "last.checkpoint");
        write_bytes(run / "last.checkpoint", bytes);
    };
    counter_random random(18, 0, 0);
    checkpoint_history history(run);
    for (int i = 0; i < 40; ++i) {
        damage_last(whole.substr(0, random.below(whole.size())));
        BOOST_TEST(step_of(history.read().contents) == before_last);
        std::string flipped = whole;
        const auto place = random.below(whole.size());
        flipped[place] = char(flipped[place] ^ (1 << random.below(8)));
        damage_last(flipped);
        BOOST_TEST(step_of(history.read().contents) == before_last);
    }
    const auto said = runs.succeed(runs.train("run", {"--resume"}));
    BOOST_TEST(contains(said, "train: checkpoint '" + (run / "last.checkpoint").string() +
                                  "' is truncated or corrupt (its checksum does not match); going on from the "
                                  "one before, '" +
                                  (run / "previous.checkpoint").string() + "'\n"));
    check_same_state(runs / "whole", run);
    BOOST_TEST(step_of(read_checkpoint_file(run / "previous.checkpoint")) == before_last);

    damage_last(whole.substr(0, 100));
    write_bytes(run / "previous.checkpoint", whole.substr(0, 1000));
    const auto refused = runs.refusal(runs.train("run", {"--resume"}));
    BOOST_TEST(contains(refused, "train: checkpoint '"));
    BOOST_TEST(contains(refused, "train anew"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_ends_the_run_and_leaves_the_earlier_checkpoint) {
    // No file may grow beyond the limit, in blocks of 512 bytes: a write then fails as on a full disk, once
    // the signal that comes with it is ignored.
    const checkpointed_runs runs;
    runs.succeed(runs.train("whole"));
    runs.succeed(runs.train("run", {"--pause-after", "10"}));
    const auto run = runs / "run";
    const std::string before = bytes_of(run / "last.checkpoint");
    BOOST_TEST_REQUIRE(before.size() > 64u * 512);
    for (const char* blocks : {"4", "64"}) { // the settings do not fit; a checkpoint does not

        auto command = runs.train("run", {"--resume"});
        command.insert(command.begin(), {"sh", "-c", "trap '' XFSZ; ulimit -f \"$0\" && exec \"$@\"", blocks});
        const auto refused = runs.refusal(command);
        BOOST_TEST(contains(refused, "train: cannot "), refused);
        BOOST_TEST(contains(refused, "check the space left on the disk"), refused);
        BOOST_TEST((bytes_of(run / "last.checkpoint") == before));
        BOOST_TEST(step_of(read_checkpoint_file(run / "last.checkpoint")) == 10);
        BOOST_TEST(unfinished_files(run) == 0u);
    }
    runs.succeed(runs.train("run", {"--resume"}));
    check_same_state(runs / "whole", run);
}

BOOST_AUTO_TEST_CASE(a_run_that_diverges_stops_and_names_its_last_good_checkpoint) {
    checkpointed_runs runs;
    runs.all.schedule.max_steps = 400;
    runs.all.schedule.schedule = "constant";
    runs.all.schedule.warm_up = 0;
    runs.all.monitoring.checkpoint_every = 1;
    runs.all.monitoring.max_refused = 3;
    // Each step multiplies the weights by about -99.
    runs.all.optimizer.optimizer = "sgd";
    runs.all.optimizer.learning_rate = 100;
    runs.all.optimizer.weight_decay = 1;
    runs.all.optimizer.clip_norm = 0;
    const auto refused = runs.refusal(runs.train("run"));
    BOOST_TEST(contains(refused, "not finite in 3 steps in a row"), refused);
    BOOST_TEST(contains(refused, "the last good checkpoint is " + (runs / "run" / "last.checkpoint").string()),
               refused);
    for (const auto& tensor : read_checkpoint_file(runs / "run" / "last.checkpoint").tensors) {
        if (tensor.type != "float32") continue;
        for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof(float)) {
            float value;
            std::memcpy(&value, tensor.bytes.data() + i, sizeof value);
            BOOST_REQUIRE(std::isfinite(value));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
