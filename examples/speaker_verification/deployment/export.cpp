// Writes a trained network as a sparse model file, or for other programs: `export --checkpoint results/demo/last.checkpoint`.
#include "common/plain_name.hpp"
#include "speaker_verification/deployment/averaging.hpp"
#include "speaker_verification/deployment/onnx_file.hpp"
#include "speaker_verification/deployment/onnx_network.hpp"
#include "speaker_verification/deployment/onnx_shrunk_network.hpp"
#include "speaker_verification/deployment/sparse_model.hpp"
#include "speaker_verification/scoring/error_rates.hpp"
#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/training/checkpoints/plain_state.hpp"
#include "speaker_verification/training/checkpoints/run_lock.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "speaker_verification/training/loop/embedding.hpp"
#include "speaker_verification/training/loop/speech_material.hpp"
#include "speaker_verification/training/reports/score_origin.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

namespace {

using namespace speaker_verification;
namespace fs = std::filesystem;

struct export_options {
    fs::path checkpoint, out, scores;
    std::string speech, format = "sparse", batch_norm, dead_channels;
    std::vector<fs::path> average;
    std::int64_t threads = 0;
    bool head = false, overwrite = false;

    void add_to(CLI::App& app) {
        app.add_option("--checkpoint", checkpoint, "file that `train` wrote")->required()->type_name("FILE");
        app.add_option("--format", format,
                       "sparse: for `verify` and `embed`, the default; safetensors: all numbers under WeSpeaker's "
                       "names, for other programs and for `train --start_from`; onnx: feats (B,T,F) to embs (B,E), for "
                       "runtimes such as onnxruntime")
            ->check(CLI::IsMember({"sparse", "safetensors", "onnx"}))
            ->type_name("sparse|safetensors|onnx");
        app.add_option("--batch_norm", batch_norm,
                       "with --format onnx: folded into the weights, the default, or kept as operators of its own")
            ->check(CLI::IsMember({"folded", "kept"}))
            ->type_name("folded|kept");
        app.add_option(
               "--dead_channels", dead_channels,
               "with --format onnx: kept, the default, or removed, so that the network is as narrow as it can be "
               "with the same embeddings; of sparse files who reads them removes them")
            ->check(CLI::IsMember({"kept", "removed"}))
            ->type_name("kept|removed");
        app.add_option("--out", out, "model file; default: network.sparse, .safetensors or .onnx beside the checkpoint")
            ->type_name("FILE");
        app.add_option("--speech", speech,
                       "store of `fetch_speech`, for the mean of the training speech; default: the run's")
            ->type_name("FOLDER");
        app.add_option("--scores", scores,
                       "score file that `score` wrote for this checkpoint: adds its equal-error threshold")
            ->type_name("FILE");
        app.add_option("--average", average,
                       "checkpoints of the same run to average with; zeros of --checkpoint stay zero")
            ->type_name("FILE ...");
        app.add_flag("--head", head, "keep the classifier of the training speakers too");
        app.add_flag("--overwrite", overwrite, "replace the file at --out");
        app.add_option("--threads", threads, "of LibTorch; 0: one per processor")->check(CLI::Range(0, 1024));
    }
};

decision_threshold threshold_of(const fs::path& scores) {
    std::vector<scored_trial> trials;
    for (const auto& line : read_score_file(scores)) trials.push_back({line.score, line.target});
    return {equal_error_threshold(trials), equal_error_rate(make_error_curve(trials)), scores.stem().string()};
}

fs::path checked_output(const export_options& options) {
    const auto out =
        options.out.empty() ? options.checkpoint.parent_path() / ("network." + options.format) : options.out;
    if (fs::exists(out) && !options.overwrite) {
        throw std::runtime_error("'" + out.string() + "' exists: replace it with --overwrite, or choose another --out");
    }
    return out;
}

void average(const export_options& options, trained_network& trained) {
    const auto sparsity = average_networks(trained, options.average);
    std::printf("average of %zu networks: sparsity %.4f on the last one's support, %.4f of the plain "
                "average, %.4f of the last one\n",
                options.average.size() + 1, sparsity.kept, sparsity.united, sparsity.last);
}

void print_size(const fs::path& path, const sparse_model_size& size) {
    std::printf("%s: %lld bytes, 1/%.2f of %lld bytes dense; %lld of %lld numbers are not zero; tensors:", path.c_str(),
                static_cast<long long>(size.file_bytes), double(size.dense_bytes) / double(size.file_bytes),
                static_cast<long long>(size.dense_bytes), static_cast<long long>(size.nonzeros),
                static_cast<long long>(size.parameters));
    for (const auto& [name, count] : size.tensors_by_encoding) {
        std::printf(" %lld %s", static_cast<long long>(count), name.c_str());
    }
    std::printf("\n");
}

void check_format(const export_options& options) {
    if (!options.batch_norm.empty() && options.format != "onnx") {
        throw std::invalid_argument("--batch_norm is of --format onnx: leave it out, or give that");
    }
    if (!options.dead_channels.empty() && options.format != "onnx") {
        throw std::invalid_argument("--dead_channels is of --format onnx: leave it out, or give that");
    }
    if (options.dead_channels == "removed" && options.batch_norm == "kept") {
        throw std::invalid_argument("--dead_channels removed folds batch normalisation: leave --batch_norm kept out");
    }
    if (options.format == "sparse") return;
    if (!options.scores.empty()) {
        throw std::invalid_argument("--scores gives a threshold, for which --format " + options.format +
                                    " has no place: leave it out");
    }
    if (options.format == "onnx" && options.head) {
        throw std::invalid_argument("--head keeps the classifier, which an ONNX file's embs do not ask: leave it out");
    }
    // `train` tells such a file by its name.
    if (options.format == "safetensors" && !options.out.empty() && !is_safetensors_path(options.out)) {
        throw std::invalid_argument("--out is '" + options.out.string() +
                                    "' but must end with .safetensors, as such files do");
    }
}

void write_onnx(const fs::path& out, const trained_network& trained, const export_options& options) {
    if (options.dead_channels == "removed") {
        const auto rows = write_shrunk_onnx_network(out, trained);
        std::printf("of %lld rows of its layers %lld are constant or not read and were left out\n",
                    static_cast<long long>(rows.trained), static_cast<long long>(rows.trained - rows.left));
    } else {
        write_onnx_network(out, trained,
                           options.batch_norm == "kept" ? onnx_batch_norm::kept : onnx_batch_norm::folded);
    }
    const auto& all = trained.run.all;
    std::printf("%s: %lld bytes, opset %lld, feats (B,T,%lld) to embs (B,%lld), all weights dense\n", out.c_str(),
                static_cast<long long>(fs::file_size(out)), static_cast<long long>(onnx_opset),
                static_cast<long long>(all.features.bands), static_cast<long long>(all.model.embedding));
}

void write_safetensors(const fs::path& out, const trained_network& trained, bool with_head) {
    write_plain_state(out, trained, with_head);
    std::printf("%s: %lld bytes, %zu tensors\n", out.c_str(), static_cast<long long>(fs::file_size(out)),
                read_safetensors_file(out).tensors.size());
}

int export_network(int argc, char** argv) {
    CLI::App app{"Writes a trained speaker embedding network as a sparse model file"};
    export_options options;
    options.add_to(app);
    if (!parse_command_line(app, argc, argv)) return 0;
    examples::require_utf8("--scores", options.scores.string()); // the model file names it
    if (!options.scores.empty() && !options.average.empty()) {
        throw std::invalid_argument("--scores are those of the network in --checkpoint, not of the average that "
                                    "--average makes: give one of them");
    }
    check_format(options);
    const auto out = checked_output(options);
    const auto beside = options.checkpoint.parent_path();
    std::optional<run_lock> lock; // a run's folder is its programs'; any other is its owner's
    if (out.parent_path() == beside && fs::exists(options.checkpoint)) {
        lock.emplace(beside.empty() ? "." : beside, "export", "choose another --out");
    }
    use_threads(options.threads);

    speaker_model model;
    model.trained = load_trained_network(options.checkpoint);
    if (!options.average.empty()) average(options, model.trained);
    if (options.format == "safetensors") {
        write_safetensors(out, model.trained, options.head);
        return 0;
    }
    if (options.format == "onnx") {
        write_onnx(out, model.trained, options);
        return 0;
    }
    if (!options.scores.empty()) {
        require_scores_of(options.scores, model.trained.fingerprint, options.checkpoint);
        model.threshold = threshold_of(options.scores);
    }
    const auto& run = model.trained.run;
    const speech_with_features speech(speech_folder(options.speech.empty() ? run.all.run.speech : options.speech),
                                      run.features);
    model.mean = mean_training_embedding(model.trained, speech.training(run.all).utterances).cast<float>();
    print_size(out, write_sparse_model(out, model, options.head));
    if (model.threshold) {
        std::printf("equal-error threshold %.4f (EER %.3f %% on %s)\n", model.threshold->cosine,
                    100 * model.threshold->eer, model.threshold->trials.c_str());
    }
    return 0;
}

} // namespace

int export_program(int argc, char** argv) {
    return speaker_verification::run_program("export", [&] { return export_network(argc, argv); });
}
