#include "speaker_verification/experiment/run_with_programs.hpp"

#include "common/atomic_file.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/training/loop/interruption.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

namespace speaker_verification {

namespace {

namespace fs = std::filesystem;

/// Reads only what was appended to a log since the last look.
class log_follower {
  public:
    explicit log_follower(fs::path path) : path_(std::move(path)) {}

    /// The last step told of; 0 before the first.
    std::int64_t step() {
        std::ifstream stream(path_, std::ios::binary);
        stream.seekg(position_);
        for (std::string text; std::getline(stream, text) && !stream.eof();) {
            position_ = stream.tellg();
            const auto line = nlohmann::json::parse(text, nullptr, false);
            if (line.is_object()) step_ = line.value("step", step_);
        }
        return step_;
    }

  private:
    fs::path path_;
    std::streamoff position_ = 0;
    std::int64_t step_ = 0;
};

class program_runner {
  public:
    program_runner(const run_archive& archive, fs::path programs) : archive_(archive), programs_(std::move(programs)) {}

    run_outcome operator()(const planned_run& run, const std::function<void(std::int64_t)>& at_step) const {
        const auto folder = archive_.folder_of(run);
        write(archive_.config_of(run), settings_text(archive_.complete_settings(run)));
        log_follower log(folder / "log.jsonl");
        const auto trained = call(train_command(run), run, folder / "train.txt", [&] { at_step(log.step()); });
        if (trained.ending != run_ending::finished) return trained;

        const auto start = std::chrono::steady_clock::now();
        const auto scored =
            call({(programs_ / "training" / "score").string(), "--checkpoint", (folder / "last.checkpoint").string(),
                  "--threads", std::to_string(run.all.run.threads)},
                 run, folder / "score.txt", [&] { at_step(run.all.schedule.max_steps); });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        if (scored.ending == run_ending::finished) archive_.note_score_seconds(run, seconds.count());
        return scored;
    }

  private:
    std::vector<std::string> train_command(const planned_run& run) const {
        const auto folder = archive_.folder_of(run);
        std::vector<std::string> command{(programs_ / "training" / "train").string(), "--config",
                                         archive_.config_of(run).string()};
        // Begun is enough: before its first checkpoint `train` starts anew, and later it may have to take the one before.
        for (const char* file : {"config.toml", "last.checkpoint", "previous.checkpoint"}) {
            if (!fs::exists(folder / file)) continue;
            command.emplace_back("--resume");
            break;
        }
        return command;
    }

    template <class Watch>
    run_outcome call(std::vector<std::string> command, const planned_run& run, const fs::path& output,
                     Watch&& watch) const {
        const std::string program = command.front();
        // OpenBLAS has threads of its own, and takes their number from nowhere else.
        if (run.all.run.threads > 0) {
            command.insert(command.begin(), {"env", "OPENBLAS_NUM_THREADS=" + std::to_string(run.all.run.threads)});
        }
        const auto ended = run_program(command, ".", [&] {
            watch();
            return !interruption_guard::requested();
        });
        write(output, ended.output);
        if (interruption_guard::requested()) return {run_ending::interrupted, {}};
        if (ended.status == 0) return {};
        return {run_ending::failed,
                ended.status == 127 ? program + " could not be started: build it" : last_sentence(ended.output)};
    }

    static void write(const fs::path& path, const std::string& text) {
        examples::write_file_atomically(path, [&](std::ostream& stream) { stream << text; });
    }

    const run_archive& archive_;
    fs::path programs_;
};

} // namespace

std::string last_sentence(const std::string& output) {
    std::istringstream stream(output);
    std::string last = "it ended without a word";
    for (std::string line; std::getline(stream, line);) {
        if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
    }
    for (const std::string program : {"train: ", "score: "}) {
        if (last.rfind(program, 0) == 0) last.erase(0, program.size());
    }
    return last;
}

run_executor run_with_programs(const run_archive& archive, const fs::path& programs) {
    return program_runner(archive, programs);
}

} // namespace speaker_verification
