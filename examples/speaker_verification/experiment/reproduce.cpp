// The whole experiment: `reproduce --grid FILE` trains and scores every run of a grid that is not done, then
// writes the report. Exit codes: 0 all runs are done; 130 interrupted; 1 an error, or runs that failed.
#include "common/plain_name.hpp"
#include "common/progress.hpp"
#include "speaker_verification/experiment/report.hpp"
#include "speaker_verification/experiment/run_with_programs.hpp"
#include "speaker_verification/experiment/score_trials.hpp"
#include "speaker_verification/experiment/wording.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/loop/interruption.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace speaker_verification;

struct reproduce_options {
    std::string grid_file, results = "results/reproduce", speech, programs;
    std::int64_t jobs = 0;
    bool only_report = false, dry_run = false;

    void add_to(CLI::App& app) {
        app.add_option("--grid", grid_file, "TOML file of the grid")->required()->type_name("FILE");
        app.add_option("--results", results, "folder that holds the grids")->capture_default_str();
        app.add_option("--speech", speech, "store of `fetch_speech`; default: $BREGMAN_CACHE/speech, or cache/speech")
            ->type_name("FOLDER");
        app.add_option("--programs", programs, "folder that holds training/train and training/score")
            ->type_name("FOLDER");
        app.add_option("--jobs", jobs,
                       "runs at once; 0: as many as the processors have room for, of the threads that each asks for")
            ->check(CLI::Range(0, 1024));
        app.add_flag("--only-report", only_report, "write the report of what is done, train nothing");
        app.add_flag("--dry-run", dry_run, "print the runs and the predicted time, do nothing");
    }

    void resolve(const char* program) {
        if (only_report && dry_run) {
            throw std::invalid_argument("--only-report and --dry-run contradict each other: give one of them");
        }
        const char* cache = std::getenv("BREGMAN_CACHE");
        if (speech.empty()) speech = (fs::path(cache ? cache : "cache") / "speech").string();
        // Reports and the runs' settings name them.
        examples::require_utf8("--grid", grid_file);
        examples::require_utf8("--results", results);
        examples::require_utf8("--speech", speech);
        // Beside this program's folder, as the build puts them.
        if (programs.empty()) programs = fs::weakly_canonical(program).parent_path().parent_path().string();
    }
};

const char* state_of(const run_archive& archive, const planned_run& run) {
    if (archive.is_done(run)) return "done";
    return archive.failure_of(run) ? "failed" : fs::exists(archive.folder_of(run)) ? "begun" : "";
}

void print_run(const run_archive& archive, const time_prediction& prediction, const planned_run& run,
               const std::string& note) {
    std::printf("%-58s %8s  %-6s %s\n", run.name.c_str(), examples::spell_duration(prediction.seconds_of(run)).c_str(),
                state_of(archive, run), note.c_str());
}

/// Prints the runs and what they take.
void dry_run(const grid& asked, const run_archive& archive, std::int64_t at_once) {
    time_prediction prediction(asked.speed);
    const auto plan = follow(asked, [&](const planned_run& run) { return archive.result_of(run); });
    const auto known = plan.all_runs();
    for (const auto& run : known) {
        if (const auto record = archive.load(run)) prediction.learn(*record);
    }
    for (const auto& run : known) print_run(archive, prediction, run, "");
    for (const auto& each : plan.oracles) {
        if (each.runs_left == 0) continue;
        std::printf("%-58s at most %s of %s each\n",
                    (each.asked.base.network + "-" + each.asked.base.optimizer + "-oracle").c_str(),
                    counted(std::size_t(each.runs_left), "run").c_str(),
                    examples::spell_duration(prediction.seconds_of(each.asked.base)).c_str());
    }
    for (const auto& each : plan.waiting) print_run(archive, prediction, each.run, each.reason);
    const auto left = work_of(plan, archive, prediction);
    std::printf("%s to go, %lld at once, %s predicted\n", counted(std::size_t(left.runs), "run").c_str(),
                static_cast<long long>(at_once), examples::spell_duration(left.seconds / double(at_once)).c_str());
}

/// What scripts/reproduce calls the grid: the repository's own by their names.
std::string asked_name(const reproduce_options& options, const grid& asked) {
    const fs::path file(options.grid_file);
    return file.parent_path().filename() == "grids" ? asked.name : options.grid_file;
}

void write_everything(const grid& asked, const run_archive& archive, const reproduce_options& options) {
    const auto results = collect(asked, archive, trials_of(archive));
    write_report(results, {asked.name, "scripts/reproduce --grid " + asked_name(options, asked), describe_machine()},
                 archive.folder());
    std::printf("%s\n%s\n%s\n", (archive.folder() / "report.md").c_str(), (archive.folder() / "report.html").c_str(),
                (archive.folder() / "claims.json").c_str());
}

int run_grid(const grid& asked, const run_archive& archive, const reproduce_options& options) {
    const interruption_guard interruption;
    // Threads of a small network wait for each other all the time: see scripts/demo.
    setenv("GOMP_SPINCOUNT", "2000", 0);
    const auto end = run_campaign(asked, archive, run_with_programs(archive, options.programs), options.jobs);
    if (end.interrupted) {
        std::printf("interrupted: the same command goes on from here\n");
        return 130;
    }
    write_everything(asked, archive, options);
    for (const auto& run : end.plan.all_runs()) {
        if (const auto failure = archive.failure_of(run)) {
            std::printf("failed: %s: %s\n", run.name.c_str(), failure->c_str());
        }
    }
    return end.failed == 0 ? 0 : 1;
}

int reproduce(int argc, char** argv) {
    CLI::App app{"Runs a grid of the experiment and writes its report"};
    reproduce_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    options.resolve(argv[0]);
    const auto asked = read_grid_file(options.grid_file);
    if (options.jobs == 0) options.jobs = runs_at_once(asked, std::thread::hardware_concurrency());
    const run_archive archive(fs::path(options.results) / asked.name, options.speech);
    if (options.dry_run) {
        dry_run(asked, archive, options.jobs);
        return 0;
    }
    const run_lock lock(archive.folder(), "reproduce", "choose another folder with --results");
    if (!options.only_report) return run_grid(asked, archive, options);
    write_everything(asked, archive, options);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    return run_program("reproduce", [&] { return reproduce(argc, argv); });
}
