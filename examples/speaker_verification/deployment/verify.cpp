// Compares two recordings with a sparse model: `verify a.wav b.wav --model network.sparse`. Without LibTorch.
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/deployment/product_threads.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/training/programs/recording_to_compare.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace {

using namespace speaker_verification;

double cosine_of(const embedding_model& model, const std::filesystem::path& enrolled,
                 const std::filesystem::path& test) {
    Eigen::MatrixXd both(2, model.mean.size());
    both.row(0) = model.embed(model.bank.compute(read_recording_to_compare(enrolled))).cast<double>();
    both.row(1) = model.embed(model.bank.compute(read_recording_to_compare(test))).cast<double>();
    const Eigen::MatrixXd unit = center_and_normalize(both, model.mean.cast<double>());
    const double cosine = unit.row(0).dot(unit.row(1));
    if (!std::isfinite(cosine)) {
        throw std::runtime_error("the network gives no number for '" + enrolled.string() + "' and '" + test.string() +
                                 "': train or export it anew");
    }
    return cosine;
}

int verify(int argc, char** argv) {
    CLI::App app{"Tells whether two recordings are of one speaker"};
    std::filesystem::path enrolled, test, file;
    int threads = 1; // several wait for each other where other programs run, for longer than this takes
    app.add_option("enrolled", enrolled, "audio file, 16 kHz mono")->required()->type_name("FILE");
    app.add_option("test", test, "audio file, 16 kHz mono")->required()->type_name("FILE");
    app.add_option("--model", file, "file that `export` wrote")->required()->type_name("FILE");
    app.add_option("--threads", threads, "of each layer; 0: one per processor; default 1")->check(CLI::Range(0, 1024));
    if (!parse_command_line(app, argc, argv)) return 0;
    use_product_threads(threads);

    const auto model = read_embedding_model(file);
    const double cosine = cosine_of(model, enrolled, test);
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
