// Scores a checkpoint on the trial lists, or two audio files: `score --checkpoint
// results/demo/last.checkpoint`.
#include "common/gnuplot.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/loop/embedding.hpp"
#include "speaker_verification/training/programs/scoring_run.hpp"
#include "speaker_verification/training/reports/anchors.hpp"
#include "speaker_verification/training/reports/figures.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

namespace {

using namespace speaker_verification;

struct score_options {
    std::string checkpoint, out, speech;
    std::vector<std::string> pair;
    std::int64_t threads = 0;
    score_norm_options norm;

    void add_to(CLI::App& app) {
        app.add_option("--checkpoint", checkpoint, "file that `train` wrote")->required()->type_name("FILE");
        app.add_option("--out", out, "folder of the results; default: the checkpoint's")->type_name("FOLDER");
        app.add_option("--speech", speech, "store of `fetch_speech`; default: the run's")->type_name("FOLDER");
        app.add_option("--pair", pair, "cosine of two audio files, 16 kHz mono, instead of the lists")
            ->expected(2)
            ->type_name("FILE FILE");
        app.add_option("--as_norm_top", norm.top,
                       "of AS-norm: nearest training speakers, all where there are fewer; default 300")
            ->check(CLI::Range(2, 1000000000))
            ->type_name("N");
        app.add_option("--as_norm_ddof", norm.ddof, "of AS-norm: deviations over N (0, the default) or N - 1 (1)")
            ->check(CLI::Range(0, 1))
            ->type_name("0|1");
        app.add_option("--threads", threads, "of LibTorch; 0: one per processor")->check(CLI::Range(0, 1024));
    }
};

void print_lists(const nlohmann::json& result) {
    for (const auto& [name, list] : result["lists"].items()) {
        std::printf("%-34s EER %6.3f %% [%.1f, %.1f]  minDCF(.01) %.3f  minDCF(.05) %.3f  %lld targets %lld others\n",
                    name.c_str(), 100 * list["eer"].get<double>(), 100 * list["eer_low"].get<double>(),
                    100 * list["eer_high"].get<double>(), list["min_dcf_001"].get<double>(),
                    list["min_dcf_005"].get<double>(), list["targets"].get<long long>(),
                    list["nontargets"].get<long long>());
        std::printf("%-34s EER %6.3f %%               minDCF(.01) %.3f  minDCF(.05) %.3f\n", "  with AS-norm",
                    100 * list["eer_as_norm"].get<double>(), list["min_dcf_001_as_norm"].get<double>(),
                    list["min_dcf_005_as_norm"].get<double>());
    }
}

void print_closed_set(const nlohmann::json& closed_set) {
    if (closed_set.contains("other_speakers")) {
        std::printf("%-34s left out: the store's training speakers are not the network's\n", "closed set");
    }
    if (!closed_set.contains("accuracy")) return;
    std::printf("%-34s %.3f %% [%.1f, %.1f] of %lld held-out utterances of %zu training speakers\n",
                "closed set, recognised", 100 * closed_set["accuracy"].get<double>(),
                100 * closed_set["accuracy_low"].get<double>(), 100 * closed_set["accuracy_high"].get<double>(),
                closed_set["utterances"].get<long long>(), closed_set["by_speaker"].size());
}

void print_limits(const nlohmann::json& result) {
    if (result["held_out_actors"].empty()) return; // the limits are those of the actors' lists
    std::string names;
    for (const auto& name : result["held_out_actors"]) names += (names.empty() ? "" : ", ") + name.get<std::string>();
    std::printf("held out: %s\n", names.c_str());
    std::printf("%s\n", std::string(limits_sentence).c_str());
}

int score(int argc, char** argv) {
    CLI::App app{"Scores a trained speaker embedding network"};
    score_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    use_threads(options.threads);

    const auto beside = std::filesystem::path(options.checkpoint).parent_path();
    const auto folder = options.out.empty() ? beside : std::filesystem::path(options.out);
    std::optional<run_lock> lock; // before the checkpoint is read: `train` writes its own there
    if (options.pair.empty() && std::filesystem::exists(options.checkpoint)) {
        lock.emplace(folder.empty() ? "." : folder, "score", "choose another folder with --out");
    }
    auto trained = load_trained_network(options.checkpoint);
    auto& run = trained.run.all;
    const speech_with_features speech(speech_folder(options.speech.empty() ? run.run.speech : options.speech),
                                      trained.run.features);
    if (rotating_actors(speech.speech).empty()) run.run.held_out_actors.clear(); // they are not in this store
    const auto speakers = speaker_mean_embeddings(trained, speech.training(run).utterances);
    if (!options.pair.empty()) {
        std::printf("cosine %.4f\n", score_pair(trained, mean_of_speakers(speakers), options.pair[0], options.pair[1]));
        return 0;
    }
    const auto result = score_trial_lists(trained, speech, speakers, options.norm, folder);
    print_lists(result);
    print_closed_set(result["closed_set"]);
    print_limits(result);
    const auto picture = write_figure(eer_figure({result}), folder / "eer");
    std::printf("%s\n%s\n", (folder / "score.json").c_str(), picture.svg.c_str());
    return 0;
}

} // namespace

int score_program(int argc, char** argv) {
    return run_program("score", [&] { return score(argc, argv); });
}
