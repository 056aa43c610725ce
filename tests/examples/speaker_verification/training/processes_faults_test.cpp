// The programs of one training, of which one is killed, cannot write, or is another: what happens to the others, and to the
// run.
#include "background_program.hpp"
#include "small_store.hpp"
#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <iterator>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

/// Long runs with a checkpoint every five steps, in several processes.
struct launched_runs : program_folder {
    launched_runs() {
        all.schedule.max_steps = 1'000'000;
        all.monitoring.log_every = 1;
        all.monitoring.validate_every = 0;
        all.monitoring.checkpoint_every = 5;
        all.run.shard_state = true;
    }

    /// The command that starts `count` processes of the run; each first does `before`, in sh, which knows its RANK and may
    /// add options, as in `set -- "$@" --option`.
    std::vector<std::string> launch(int count, const std::vector<std::string>& more,
                                    const std::string& before = ":") const {
        std::vector<std::string> command{LAUNCH, "--processes", std::to_string(count),          "--",
                                         "sh",   "-c",          before + "; exec \"$0\" \"$@\""};
        const auto program = train("run", more);
        command.insert(command.end(), program.begin(), program.end());
        return command;
    }
    /// The same, with what it says in the file `said`.
    std::vector<std::string> launch_quietly(int count, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> command{"/bin/sh", "-c", "exec \"$0\" \"$@\" >said 2>&1"};
        const auto launched = launch(count, more);
        command.insert(command.end(), launched.begin(), launched.end());
        return command;
    }
    std::int64_t saved_step() const {
        const auto last = read_checkpoint_file(*this / "run" / "last.checkpoint");
        return last.meta["progress"]["clock"]["step"];
    }
};

/// Waits until the run's log tells of a step.
void wait_for_step(std::int64_t step, background_program& program, const std::filesystem::path& run) {
    std::filesystem::create_directories(run);
    const folder_watch watch(run);
    while (program.running() && last_step_told(run) < step) watch.wait();
}

/// The child of `parent` that has this RANK; 0 without one.
pid_t process_of_rank(int rank, pid_t parent) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream status(entry.path() / "stat"), variables(entry.path() / "environ");
        std::string number, name, state;
        pid_t its_parent = 0;
        if (!(status >> number >> name >> state >> its_parent) || its_parent != parent) continue;
        const std::string text{std::istreambuf_iterator<char>(variables), {}};
        if (contains(text, std::string("\0RANK=", 6) + std::to_string(rank) + '\0')) return pid_t(std::stol(number));
    }
    return 0;
}

/// How often a text is in another.
int count_of(const std::string& part, const std::string& text) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

/// The sentence of the processes that said one, which must be the same.
std::string sentence_in(const std::string& output) {
    std::string sentence;
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("train: ", 0) != 0) continue;
        if (!sentence.empty()) BOOST_TEST(line == sentence);
        sentence = line;
    }
    return sentence;
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults_of_many_processes)

BOOST_AUTO_TEST_CASE(a_run_whose_processes_are_killed_interrupted_or_differ_keeps_its_last_checkpoint) {
    const launched_runs runs;
    const auto run = runs / "run";
    {
        background_program three(runs.launch_quietly(3), runs.scratch.path);
        wait_for_step(8, three, run);
        const pid_t last = process_of_rank(2, three.pid());
        BOOST_TEST_REQUIRE(last > 0, bytes_of(runs / "said"));
        BOOST_TEST_REQUIRE(::kill(last, SIGKILL) == 0);
        BOOST_TEST(three.wait() != 0);
    }
    const auto lost = bytes_of(runs / "said");
    BOOST_TEST(count_of(" of 3 has lost the others while ", lost) == 2, lost);
    const auto kept = runs.saved_step();
    BOOST_TEST(kept >= 5);
    BOOST_TEST(kept % 5 == 0);

    // Two go on, and SIGTERM to the launcher ends both with a checkpoint of that step.
    {
        background_program two(runs.launch_quietly(2, {"--resume"}), runs.scratch.path);
        wait_for_step(kept + 6, two, run);
        ::kill(two.pid(), SIGTERM);
        BOOST_TEST(two.wait() == 128 + SIGTERM, bytes_of(runs / "said"));
    }
    BOOST_TEST(runs.saved_step() >= kept + 6);
    BOOST_TEST(runs.saved_step() == last_step_told(run));
    BOOST_TEST(contains(bytes_of(runs / "said"), "paused (go on with --resume) after "), bytes_of(runs / "said"));

    // What is refused leaves the checkpoint as it was, and is said alike by both.
    const std::string before = bytes_of(run / "last.checkpoint");
    const auto soon = std::to_string(runs.saved_step() + 3); // would end a run that is not refused
    const auto refused_by_both = [&](const std::string& what, const std::string& sentence) {
        const auto result = runs.run(runs.launch(2, {"--resume", "--pause-after", soon}, what));
        BOOST_TEST(result.status != 0, result.output);
        BOOST_TEST(count_of("train: ", result.output) == 2, result.output);
        BOOST_TEST(contains(sentence_in(result.output), sentence), result.output);
        BOOST_TEST((bytes_of(run / "last.checkpoint") == before));
    };
    refused_by_both("test $RANK = 0 && { trap '' XFSZ; ulimit -f 64; }", "check the space left on the disk");
    refused_by_both("test $RANK = 1 && set -- \"$@\" --target .8",
                    "setting 'target' of process 1 = 0.8; allowed: that of process 0, 0.9; start all processes with");
    const auto other = (runs / "other_version").string();
    std::filesystem::copy_file(TRAIN, other);
    std::ofstream(other, std::ios::binary | std::ios::app) << '\n'; // the loader does not look there
    refused_by_both("test $RANK = 1 && exec " + other + " \"$@\"", "the program, a hash, of process 1 = ");
}

BOOST_AUTO_TEST_SUITE_END()
