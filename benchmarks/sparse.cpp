// Speaker networks with the zeros that training left, on the sparse layers and as LibTorch runs them: scripts/bench
// --only sparse. usage: bench_sparse RESULTS [--quick] [--network NAME] [--zeros SHARE] [STEPS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/gnuplot.hpp"
#include "files.hpp"
#include "program_use.hpp"
#include "sparse_networks.hpp"
#include "sparse_products.hpp"
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/deployment/onnx_network.hpp"
#include "speaker_verification/deployment/product_threads.hpp"

namespace {

using namespace bench;

constexpr double utterance_seconds = 3;
constexpr std::int64_t frames = 298; // of 3 s: 1 + (48000 - 400) / 160

struct timed {
    std::string name;
    std::function<void()> run;
    double best = 1e30; ///< ms
};

/// One thread by its own processor time, so that other processes' turns on the core do not count; several by the wall.
double now(int threads) {
    timespec time{};
    clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}

/// Each in turn, so that whatever else the machine does hits all; the best of the rounds counts, of which there are fewer
/// where they take longer than some seconds.
void time_all(std::vector<timed>& all, int threads, int rounds) {
    constexpr double enough = 4000; // ms
    for (auto& each : all) each.run();
    const double begin_of_all = now(0);
    for (int round = 0; round < rounds && (round < 2 || now(0) - begin_of_all < enough); ++round)
        for (auto& each : all) {
            const double begin = now(threads);
            each.run();
            each.best = std::min(each.best, now(threads) - begin);
        }
}

/// A way that LibTorch of this version cannot go is left out, with its reason on stderr.
std::optional<forward_function> try_frozen(const speaker_verification::speaker_model& model, const torch::Tensor& x,
                                           bool mkldnn) {
    try {
        auto forward = frozen(model, x, mkldnn);
        const auto expected = eager(model)(x);
        const double error = ((forward(x) - expected).norm() / expected.norm()).item<double>();
        if (error < 1e-3) return forward;
        std::fprintf(stderr, "bench: left out frozen LibTorch%s: off by %g\n", mkldnn ? " with oneDNN" : "", error);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench: left out frozen LibTorch%s: %.200s\n", mkldnn ? " with oneDNN" : "", error.what());
    }
    return std::nullopt;
}

struct settings {
    std::filesystem::path results;
    bool quick = false;
    int steps = 200;             ///< of training
    std::string network;         ///< such as ecapa_tdnn_512; empty: all
    std::optional<double> zeros; ///< the only share to measure
};

/// The same layers without zeros, and so in the dense form of our panels: what the sparse form is worth by itself.
speaker_verification::embedding_model without_zeros(const network_case& which, const std::filesystem::path& folder) {
    const auto file = folder / (which.name() + "_dense.sparse");
    speaker_verification::write_sparse_model(file, make_model(which));
    return speaker_verification::read_embedding_model(file);
}

void measure(const network_case& which, double sparsity, const speaker_verification::speaker_model& model,
             const settings& all, json& rows) {
    const torch::NoGradGuard no_gradient;
    const auto file =
        all.results / "sparse" / (which.name() + "_" + std::to_string(int(100 * sparsity + .5)) + ".sparse");
    const auto size = speaker_verification::write_sparse_model(file, model);
    const auto lean = speaker_verification::read_embedding_model(file);
    const auto x = torch::randn({1, frames, 80});
    const speaker_verification::feature_view features{x.data_ptr<float>(), std::size_t(frames), 80};

    std::vector<std::pair<std::string, forward_function>> dense{{"libtorch eager", eager(model)}};
    if (auto forward = try_frozen(model, x, false)) dense.emplace_back("libtorch frozen", *forward);
    if (auto forward = try_frozen(model, x, true)) dense.emplace_back("libtorch frozen onednn", *forward);
    const auto expected = dense.front().second(x);
    // Of a network that died in training the answer is a constant, and its speed is nobody's concern.
    const auto other = dense.front().second(torch::randn_like(x));
    if (((other - expected).norm() / expected.norm()).item<double>() < 1e-3) {
        std::printf("%s does not hear its input at this sparsity and is left out: train longer\n",
                    which.name().c_str());
        return;
    }
    const auto embedding = lean.network->embed(features);
    const auto own = torch::from_blob(const_cast<float*>(embedding.data()), {1, embedding.size()});
    const double error = ((own - expected).norm() / expected.norm()).item<double>();
    const auto without = without_zeros(which, all.results / "sparse");
    // For benchmarks/sparse_onnxruntime.py; no dense form cares how many zeros there are.
    speaker_verification::write_onnx_network(all.results / "sparse" / (which.name() + ".onnx"), model.trained,
                                             speaker_verification::onnx_batch_norm::folded);
    const auto used = use_of_embed(file, all.results / "sparse" / "speech.wav");

    for (const int threads : {1, 2}) {
        at::set_num_threads(threads);
        speaker_verification::use_product_threads(threads);
        std::vector<timed> runs;
        for (const auto& [name, forward] : dense) runs.push_back({name, [&x, &forward = forward] { forward(x); }});
        runs.push_back({"bregman dense", [&] { (void)without.network->embed(features); }});
        runs.push_back({"sparse", [&] { (void)lean.network->embed(features); }});
        time_all(runs, threads, all.quick ? 2 : 7);
        const double sparse = runs.back().best;
        for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
            rows.push_back({{"network", which.network},
                            {"channels", which.channels},
                            {"sparsity", weight_sparsity(model)},
                            {"threads", threads},
                            {"dense_by", runs[i].name},
                            {"dense_ms", runs[i].best},
                            {"sparse_ms", sparse},
                            {"speedup", runs[i].best / sparse},
                            {"real_time_factor", 1e-3 * sparse / utterance_seconds},
                            {"model_bytes", size.file_bytes},
                            {"weights_bytes", lean.network->bytes()},
                            {"peak_bytes", used.peak_bytes},
                            {"load_ms", used.load_ms},
                            {"embed_program_ms", used.whole_ms},
                            {"relative_error", error}});
            std::printf("%-10s %4lld  %.4f  %d threads  %-22s %8.2f ms  sparse %7.2f ms  %5.2f times  error %.1e\n",
                        which.network.c_str(), static_cast<long long>(which.channels), weight_sparsity(model), threads,
                        runs[i].name.c_str(), runs[i].best, sparse, runs[i].best / sparse, error);
            std::fflush(stdout);
        }
    }
    std::printf("%s: %lld bytes, of %lld dense; embed of one recording: %.0f ms in all, of them %.0f to load the "
                "model; peak %.1f MB\n",
                file.filename().c_str(), static_cast<long long>(size.file_bytes),
                static_cast<long long>(size.dense_bytes), used.whole_ms, used.load_ms,
                double(used.peak_bytes) / 1048576);
}

/// One thread, against the fastest of LibTorch's dense forms, over the share of zeros.
void draw(const json& rows, const std::filesystem::path& stem) {
    examples::figure picture;
    picture.title = "Sparse layers against the fastest dense form of LibTorch, one thread, 3 s of speech";
    picture.x.label = "share of the weights that is zero";
    picture.y = {.label = "times as fast", .logarithmic = true};
    std::map<std::string, std::map<double, double>> curves; // name -> sparsity -> the least speed-up
    for (const auto& row : rows) {
        if (row["threads"] != 1 || !row["dense_by"].get<std::string>().starts_with("libtorch")) continue;
        const auto name = row["network"].get<std::string>() + " " + std::to_string(row["channels"].get<std::int64_t>());
        auto& least = curves[name].try_emplace(row["sparsity"].get<double>(), 1e30).first->second;
        least = std::min(least, row["speedup"].get<double>());
    }
    for (const auto& [name, curve] : curves) {
        examples::plot_series series{.name = name, .style = examples::plot_style::line_with_points};
        for (const auto& [sparsity, speedup] : curve) {
            series.x.push_back(sparsity);
            series.y.push_back(speedup);
        }
        picture.series.push_back(std::move(series));
    }
    picture.references.push_back({"as fast as dense", 1});
    examples::write_figure(picture, stem);
}

int run(int argc, char** argv) {
    settings all;
    all.results = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--quick") {
            all.quick = true;
            all.steps = 8;
        } else if (word == "--network" && i + 1 < argc) {
            all.network = argv[++i];
        } else if (word == "--zeros" && i + 1 < argc) {
            all.zeros = std::atof(argv[++i]);
        } else {
            all.steps = std::atoi(argv[i]);
        }
    }
    std::filesystem::create_directories(all.results / "sparse");
    write_noise_recording(all.results / "sparse" / "speech.wav", utterance_seconds);
    json report{{"trained",
                 std::string("each from a sparse start at density ") + (all.quick ? "1 - sparsity" : ".01") + ", " +
                     std::to_string(all.steps) +
                     " AdaBreg steps (step size 1e-3, l1 on all weights alike, quantile law), 2 stretches of noise of "
                     "64 frames a step, mean square distance to random embeddings"},
                {"utterance_frames", frames},
                {"libtorch", torch::show_config()},
                {"rows", json::array()},
                {"products", json::array()}};
    // The sparsity that most is asked of comes first, the dense networks last.
    for (const double target : {.95, .9, .99, .75, 0.}) {
        if (all.zeros && target != *all.zeros) continue;
        for (const network_case& which : {network_case{"ecapa_tdnn", 512}, {"ecapa_tdnn", 1024}, {"resnet34", 32}}) {
            if (!all.network.empty() && which.name() != all.network) continue;
            const auto model = make_model(which);
            at::set_num_threads(1);
            // In a few steps a start at .01 leaves layers without a way through.
            if (target > 0) train_to(model, target, all.steps, all.quick ? 1 - target : .01);
            measure(which, target, model, all, report["rows"]);
            if (which.network == "ecapa_tdnn") measure_products(which, model, all.quick, report["products"]);
            write_json(all.results / "sparse.json", report); // what an interrupted run has measured is kept
        }
    }
    if (report["rows"].empty())
        throw std::runtime_error("no network was measured: train longer, or name one of those here");
    draw(report["rows"], all.results / "sparse_speedup");
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: bench_sparse RESULTS [--quick] [--network NAME] [--zeros SHARE] [STEPS]\n";
        return 1;
    }
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "bench_sparse: " << error.what() << '\n';
        return 1;
    }
}
