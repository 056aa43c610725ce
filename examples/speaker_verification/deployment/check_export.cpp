// Scores the trial lists with an exported network, compares with what `score` wrote for its checkpoint, and measures both
// networks: `check_export --checkpoint results/demo/last.checkpoint`.
#include "common/json_file.hpp"
#include "speaker_verification/data/corpora/actor_rotation.hpp"
#include "speaker_verification/deployment/export_check.hpp"
#include "speaker_verification/deployment/sparse_model.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/reports/score_origin.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <optional>

namespace {

using namespace speaker_verification;
namespace fs = std::filesystem;

/// The tensors of the file, each of its numbers as float32.
model_bytes bytes_of(const fs::path& model) {
    model_bytes bytes{0, std::int64_t(fs::file_size(model))};
    with_sparse_model_file(model, [&](sparse_model_file& file) {
        for (const auto& tensor : file.tensors) {
            bytes.dense += std::int64_t(sizeof(float)) * matrix_of(tensor.shape).values();
        }
    });
    return bytes;
}

int check_export(int argc, char** argv) {
    CLI::App app{"Compares an exported network with its checkpoint on the trial lists, in scores, size and speed"};
    fs::path checkpoint, model, scores, out;
    std::string store;
    double tolerance = 5e-4;
    app.add_option("--checkpoint", checkpoint, "file that `train` wrote")->required()->type_name("FILE");
    app.add_option("--model", model, "file that `export` wrote of it; default: network.sparse beside the checkpoint")
        ->type_name("FILE");
    app.add_option("--scores", scores, "folder of score files that `score` wrote of it; default: scores beside it")
        ->type_name("FOLDER");
    app.add_option("--speech", store, "store of `fetch_speech`; default: the run's")->type_name("FOLDER");
    app.add_option("--tolerance", tolerance, "fail where two cosines of a trial differ by more; default 5e-4")
        ->check(CLI::Range(0., 2.));
    app.add_option("--out", out, "JSON of the results; default: sparse.json beside the checkpoint")->type_name("FILE");
    if (!parse_command_line(app, argc, argv)) return 0;
    const auto beside = checkpoint.parent_path();
    if (model.empty()) model = beside / "network.sparse";
    if (scores.empty()) scores = beside / "scores";
    if (out.empty()) out = beside / "sparse.json";
    std::optional<run_lock> lock; // a run's folder is its programs'; any other is its owner's
    if (out.parent_path() == beside && fs::exists(checkpoint)) {
        lock.emplace(beside.empty() ? "." : beside, "check_export", "choose another --out");
    }

    const auto sparse = read_embedding_model(model);
    auto dense = load_trained_network(checkpoint);
    auto& run = dense.run;
    const speech_with_features speech(speech_folder(store.empty() ? run.all.run.speech : store), run.features);
    if (rotating_actors(speech.speech).empty()) run.all.run.held_out_actors.clear(); // as `score` does
    const auto lists = lists_to_score(speech, run.all);
    for (const auto& list : lists) {
        require_scores_of(scores / (list.trials.name + ".txt"), dense.fingerprint, checkpoint);
    }
    const auto agreement = compare_with_scores(dense, sparse, lists, scores);
    const auto result = json_of(agreement, bytes_of(model), tolerance);
    examples::write_json_file(out, result);
    std::printf("%s%s\n", agreement_table(result).c_str(), out.c_str());
    std::fflush(stdout);
    const auto missed = disagreement(agreement, tolerance);
    if (!missed.empty()) std::fprintf(stderr, "check_export: %s\n", missed.c_str());
    return missed.empty() ? 0 : 1;
}

} // namespace

int check_export_program(int argc, char** argv) {
    return speaker_verification::run_program("check_export", [&] { return check_export(argc, argv); });
}
