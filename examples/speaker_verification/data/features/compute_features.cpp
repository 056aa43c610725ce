// Computes the log-mel features of a speech store and caches them beside it, so that training starts at once;
// on request also those of augmented copies of the training utterances.

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "common/plain_name.hpp"
#include "speaker_verification/data/audio/waveform_augmentation.hpp"
#include "speaker_verification/data/features/feature_store.hpp"

namespace {

using namespace speaker_verification;

struct compute_settings {
    std::filesystem::path cache;
    filter_bank_settings bank;
    variant_settings variants;
    int threads = 2;
};

class stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

  private:
    using clock = std::chrono::steady_clock;
    clock::time_point start_ = clock::now();
};

void print(const std::filesystem::path& file, bool computed, const stopwatch& watch, std::size_t utterances,
           std::size_t bytes, const std::vector<skipped_recording>& skipped) {
    std::printf("%s: %s in %.1f s, %zu training utterances, %.1f MB\n", file.c_str(), computed ? "computed" : "found",
                watch.seconds(), utterances, static_cast<double>(bytes) / 1e6);
    if (!skipped.empty())
        std::printf("%zu of them cannot be decoded and are left out, see %s\n", skipped.size(),
                    std::filesystem::path(file).replace_extension(".skipped.json").c_str());
    std::fflush(stdout);
}

void compute(const compute_settings& settings) {
    examples::require_utf8("--cache", settings.cache.string());
    examples::require_utf8("--noises", settings.variants.augmentation.noises.string());
    examples::require_utf8("--rooms", settings.variants.augmentation.rooms.string());
    const speech_store speech(settings.cache);
    const std::size_t utterances = speech.training().size();
    const feature_store_options options{settings.threads, {}, print_feature_progress()};
    const stopwatch plain;
    const feature_store features(speech, settings.bank, options);
    print(features.file(), features.computed(), plain, utterances, features.bytes(), features.skipped());

    if (settings.variants.count == 0) return;
    const waveform_augmenter augmenter(speech, settings.variants.augmentation);
    for (std::int64_t number = 1; number <= settings.variants.count; ++number) {
        const stopwatch watch;
        const feature_file file =
            compute_variant(speech, settings.bank, augmenter, number, {settings.threads, {}, print_feature_progress()});
        std::printf("variant %lld, speed %g: ", static_cast<long long>(number), augmenter.speed_of(number));
        print(file.path(), file.computed(), watch, utterances, file.bytes(), file.skipped());
    }
    write_variant_settings(settings.cache, settings.variants);
}

} // namespace

int main(int argc, char** argv) {
    const char* folder = std::getenv("BREGMAN_CACHE");
    compute_settings settings;
    settings.cache = std::filesystem::path(folder ? folder : "cache") / "speech";
    filter_bank_settings& bank = settings.bank;
    waveform_augmentation_settings& augmentation = settings.variants.augmentation;
    CLI::App app{"Computes and caches the log-mel features of a speech store"};
    app.add_option("--cache", settings.cache, "store of fetch_speech or import_speech")->capture_default_str();
    app.add_option("--mel-bins", bank.mel_bins, "triangles of the filter bank")->capture_default_str();
    app.add_option("--low-frequency", bank.low_frequency, "Hz")->capture_default_str();
    app.add_option("--high-frequency", bank.high_frequency, "Hz")->capture_default_str();
    app.add_option("--dither", bank.dither, "deviation of the noise added to the samples")->capture_default_str();
    app.add_option("--variants", settings.variants.count,
                   "augmented copies of each training utterance, for train --variants")
        ->check(CLI::Range(0, most_variants))
        ->capture_default_str();
    app.add_option("--augmentation-probability", augmentation.probability,
                   "share of copies with reverberation or noise")
        ->check(CLI::Range(0., 1.))
        ->capture_default_str();
    app.add_option("--speeds", augmentation.speeds, "of copies 1, 2, ..., repeated")->capture_default_str();
    app.add_option("--noises", augmentation.noises, "folder of MUSAN or other noise; default: generated")
        ->type_name("FOLDER");
    app.add_option("--rooms", augmentation.rooms, "folder of RIRS_NOISES or other rooms; default: generated")
        ->type_name("FOLDER");
    app.add_option("--seed", augmentation.seed, "of the copies")->capture_default_str();
    app.add_option("--threads", settings.threads, "threads that compute")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        compute(settings);
        return EXIT_SUCCESS;
    } catch (const std::filesystem::filesystem_error& error) {
        std::cerr << "compute_features: cannot use '" << error.path1().string() << "' (" << error.code().message()
                  << "): check the folders given by --cache, --noises and --rooms\n";
        return EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::cerr << "compute_features: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
