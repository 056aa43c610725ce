// Compares two recordings with a sparse model: `verify a.wav b.wav --model network.sparse`.
#include "speaker_verification/deployment/sparse_model.hpp"
#include "speaker_verification/training/loop/speech_material.hpp"
#include "speaker_verification/training/programs/scoring_run.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>

namespace {

using namespace speaker_verification;

int verify(int argc, char** argv) {
    CLI::App app{"Tells whether two recordings are of one speaker"};
    std::filesystem::path enrolled, test, file;
    std::int64_t threads = 0;
    app.add_option("enrolled", enrolled, "audio file, 16 kHz mono")->required()->type_name("FILE");
    app.add_option("test", test, "audio file, 16 kHz mono")->required()->type_name("FILE");
    app.add_option("--model", file, "file that `export` wrote")->required()->type_name("FILE");
    app.add_option("--threads", threads, "of LibTorch; 0: one per processor")->check(CLI::Range(0, 1024));
    if (!parse_command_line(app, argc, argv)) return 0;
    use_threads(threads);

    const auto model = read_sparse_model(file);
    const double cosine = score_pair(model.trained, model.mean.cast<double>(), enrolled, test);
    std::printf("cosine %.4f\n", cosine);
    if (model.threshold) {
        const auto& threshold = *model.threshold;
        std::printf("%s (threshold %.4f, where both kinds of error are %.1f %% on %s)\n",
                    cosine >= threshold.cosine ? "same speaker" : "different speakers", threshold.cosine,
                    100 * threshold.eer, threshold.trials.c_str());
    }
    return 0;
}

} // namespace

int verify_program(int argc, char** argv) {
    return speaker_verification::run_program("verify", [&] { return verify(argc, argv); });
}
