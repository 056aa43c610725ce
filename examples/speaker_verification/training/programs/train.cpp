// Trains a speaker embedding network to the sparsity asked for: `train --config FILE --key value ...`.
// With RANK, WORLD_SIZE, ... in the environment, as scripts/launch and torchrun set them, it is one of several processes.
// Exit codes: 0 finished, or paused by --pause-after; 130 interrupted by a signal, with a checkpoint; 1 an
// error.
#include "common/plain_name.hpp"
#include "speaker_verification/training/checkpoints/run_folder.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "speaker_verification/training/loop/shared_run.hpp"
#include "speaker_verification/training/loop/speech_material.hpp"
#include "speaker_verification/training/loop/trainer.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"
#include "speaker_verification/training/settings/command_line.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"
#include "speaker_verification/training/settings/used_settings.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

namespace {

using namespace speaker_verification;

struct train_options {
    std::string config;
    bool resume = false, overwrite = false, large_margin = false;
    std::int64_t pause_after = 0;
    setting_options settings;

    void add_to(CLI::App& app) {
        app.add_option("--config", config, "TOML file of settings")->type_name("FILE");
        app.add_flag("--resume", resume, "go on from last.checkpoint of this run");
        app.add_flag("--overwrite", overwrite, "replace a run of the same name");
        app.add_flag("--large-margin", large_margin,
                     "fine-tune the network of --start_from: margin .5, crops of 6 s, no warps, a thirtieth "
                     "of its steps, a thousandth of its rate");
        app.add_option("--pause-after", pause_after, "stop after so many steps in all, to be resumed")
            ->type_name("STEPS");
        settings.add_to(app);
    }
};

void apply_given(const train_options& options, settings& all) {
    if (!options.config.empty()) read_settings_file(options.config, all);
    options.settings.apply(all);
}

/// Those of the network that it starts from, and what is given.
settings settings_of_start(const train_options& options, const std::string& from) {
    settings all = settings_to_start_from(from);
    constexpr double none_given = -1; // which no lambda is
    settings asked = all;
    asked.sparsity.lambda = none_given;
    apply_given(options, asked);
    if (asked.optimizer.optimizer != all.optimizer.optimizer) {
        change_optimizer(all, asked.optimizer.optimizer);
    } else if (!is_safetensors_path(from) && is_sparse(all) && all.sparsity.lambda == 0 &&
               asked.sparsity.lambda == none_given) {
        throw std::invalid_argument(
            "checkpoint '" + from +
            "' ends at a lambda of 0, as frozen runs do, from which no run starts: give --lambda "
            "above 0, or 0 for the optimizer's own default");
    }
    if (options.large_margin) fine_tune_with_large_margin(all);
    apply_given(options, all);
    return all;
}

/// A resumed run starts from the settings it was begun with; one that starts from another's network from its.
settings effective_settings(const train_options& options) {
    settings all;
    apply_given(options, all);
    examples::require_plain_name("setting 'name'", all.run.name); // before a folder of that name is looked into
    const bool starts = !all.run.start_from.empty() && !options.resume;
    if (options.large_margin && !starts) {
        throw std::invalid_argument(
            "--large-margin fine-tunes a trained network: give its checkpoint with --start_from");
    }
    if (options.large_margin && is_safetensors_path(all.run.start_from)) {
        throw std::invalid_argument("--large-margin shortens the training of a checkpoint, and '" + all.run.start_from +
                                    "' says nothing of its own: give a checkpoint");
    }
    if (starts) all = settings_of_start(options, all.run.start_from);
    if (options.resume && options.config.empty()) {
        const auto saved = std::filesystem::path(all.run.results) / all.run.name / "config.toml";
        if (std::filesystem::exists(saved)) {
            settings begun;
            read_settings_file(saved, begun);
            options.settings.apply(begun);
            all = begun;
        }
    }
    const settings asked = all;
    resolve_defaults(all);
    check(all);
    // A run that goes on has been begun with what is given, or is refused for that.
    if (!options.resume) require_used(asked, options.settings.given());
    return all;
}

/// As a shell tells an interrupted command, so that a script does not go on with half a network.
constexpr int interrupted = 130;

void print_start(const settings& all, const training_material& material, const training_processes& processes,
                 const trainer& trainer) {
    const auto count = count_sparsity(*trainer.network().embedder);
    if (!processes.is_alone())
        std::printf("%d processes, %d of them on this machine: each ", processes.size(), processes.local_size());
    std::printf("%s with %s on %zu speakers, %zu utterances; batch %lld, rate %g; %lld parameters, %lld threads\n",
                all.model.network.c_str(), all.optimizer.optimizer.c_str(), material.speakers.size(),
                material.utterances.size(), static_cast<long long>(all.batches.batch_size), all.optimizer.learning_rate,
                static_cast<long long>(count.parameters), static_cast<long long>(at::get_num_threads()));
    std::fflush(stdout);
}

int train(int argc, char** argv) {
    CLI::App app{"Trains a speaker embedding network to the sparsity asked for"};
    train_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    if (options.resume && options.overwrite) {
        throw std::invalid_argument("--resume and --overwrite contradict each other: give one of them");
    }
    if (options.pause_after < 0) {
        throw std::invalid_argument("--pause-after is " + std::to_string(options.pause_after) +
                                    " but must be at least 0, and 0 is never: give a number of steps");
    }

    const training_processes processes = join_training_processes();
    settings all;
    processes.by_each([&] { all = effective_settings(options); });
    check_same_start(all,
                     {{"--resume", options.resume ? "given" : "left out"},
                      {"--overwrite", options.overwrite ? "given" : "left out"},
                      {"--pause-after", std::to_string(options.pause_after)}},
                     processes);
    require_shareable(all, processes);
    const auto choice = options.resume      ? when_run_exists::resume
                        : options.overwrite ? when_run_exists::overwrite
                                            : when_run_exists::refuse;
    const auto folder = std::filesystem::path(all.run.results) / all.run.name;
    const auto has_checkpoint = [&] {
        return processes.told_by_first([&] {
            return check_run_folder(all, choice).has_checkpoint ? std::string("yes") : std::string("no");
        }) == "yes";
    };
    has_checkpoint();             // refused before the work
    std::optional<run_lock> lock; // of the first process
    const auto hold = [&] { lock.emplace(folder, "train", "choose another --name"); };
    processes.by_first([&] {
        if (std::filesystem::exists(folder)) hold(); // before the work; no folder is made for what is refused
    });
    use_threads(all.run.threads, processes.local_size());
    std::optional<speech_with_features> speech;
    const auto load = [&] {
        speech.emplace(speech_folder(all.run.speech), filter_bank_of(all.features), all.augmentation.variants);
    };
    processes.by_each([&] {
        if (processes.local_rank() == 0) load(); // which may compute features, for all of this machine
    });
    training_material material;
    processes.by_each([&] {
        if (!speech) load();
        material = speech->training(all);
    });
    trainer trainer(all, material, folder, {}, processes);
    processes.by_first([&] {
        if (!lock) hold();
    });
    const bool resumes = has_checkpoint(); // another run may have begun or ended meanwhile
    if (resumes) trainer.resume();
    if (resumes && options.pause_after > 0 && options.pause_after <= trainer.clock().step) {
        throw std::invalid_argument("--pause-after is " + std::to_string(options.pause_after) +
                                    " but the run stands at step " + std::to_string(trainer.clock().step) +
                                    ": give more, or leave it out");
    }
    if (!resumes && !all.run.start_from.empty()) processes.by_each([&] { trainer.start_from(all.run.start_from); });
    processes.by_first([&] {
        prepare_run_folder(folder, all, choice);
        print_start(all, material, processes, trainer);
    });

    const auto end = trainer.run(options.pause_after);
    const int status = end == training_end::paused && trainer.interrupted() ? interrupted : 0;
    if (!processes.is_first()) return status;
    const auto count = count_sparsity(*trainer.network().embedder, all.sparsity);
    std::printf("%s after %lld steps, %.0f s: s %.4f; sparsity of all %.4f (%.4f without the head), %lld of %lld "
                "parameters left; %s\n",
                end == training_end::finished ? "finished" : "paused (go on with --resume)",
                static_cast<long long>(trainer.clock().step), trainer.clock().seconds, count.sparsity_of_counted(),
                count.sparsity(), count.sparsity_without_head(), static_cast<long long>(count.nonzeros),
                static_cast<long long>(count.parameters), trainer.last_checkpoint().c_str());
    return status;
}

} // namespace

int train_program(int argc, char** argv) {
    return run_program("train", [&] { return train(argc, argv); });
}
