// Computes the log-mel features of a speech store and caches them beside it, so that training starts at once.

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "speaker_verification/data/feature_store.hpp"
#include "speaker_verification/data/levels.hpp"

namespace {

using namespace speaker_verification;

void compute(const std::filesystem::path& cache, const filter_bank_settings& settings, int threads) {
    const auto start = std::chrono::steady_clock::now();
    const speech_store speech(cache);
    const feature_store features(speech, settings, {threads, {}, print_feature_progress()});
    std::vector<feature_view> training;
    std::size_t frames = 0;
    for (std::size_t i = 0; i < features.training_count(); ++i) {
        training.push_back(features.training(i));
        frames += training.back().frames;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%s: %s in %.1f s, %zu training utterances, %zu frames, %.1f MB\n", features.file().c_str(),
                features.computed() ? "computed" : "found", seconds.count(), training.size(), frames,
                static_cast<double>(features.bytes()) / 1e6);
}

} // namespace

int main(int argc, char** argv) {
    const char* folder = std::getenv("BREGMAN_CACHE");
    std::filesystem::path cache = std::filesystem::path(folder ? folder : "cache") / "speech";
    filter_bank_settings settings;
    int threads = 2;
    CLI::App app{"Computes and caches the log-mel features of fetched speech"};
    app.add_option("--cache", cache, "folder that fetch_speech wrote")->capture_default_str();
    app.add_option("--mel-bins", settings.mel_bins, "triangles of the filter bank")->capture_default_str();
    app.add_option("--low-frequency", settings.low_frequency, "Hz")->capture_default_str();
    app.add_option("--high-frequency", settings.high_frequency, "Hz")->capture_default_str();
    app.add_option("--dither", settings.dither, "deviation of the noise added to the samples")
        ->capture_default_str();
    app.add_option("--threads", threads, "threads that compute")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        compute(cache, settings, threads);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "compute_features: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
