// Networks of full width, one in ten of whose weights is not zero, and those of checkpoints as ONNX files with embeddings by LibTorch
// beside them: scripts/onnx-check. usage: onnx_samples FOLDER [CHECKPOINT...]
#include "onnx_samples.hpp"

#include "random_model.hpp"

#include <cstdio>
#include <exception>

namespace {

using namespace speaker_verification;
namespace fs = std::filesystem;

void write_samples(const fs::path& folder, const std::string& name, const trained_network& trained) {
    testing::write_onnx_samples(folder, name, trained, {{1, 9}, {1, 64}, {3, 200}, {1, 298}, {1, 1000}});
    std::printf("onnx_samples: wrote %s\n", name.c_str());
    std::fflush(stdout);
}

/// As WeSpeaker's recipes have it, for 80 bands.
settings of_full_width(const char* network, std::int64_t channels) {
    settings all;
    all.features.bands = 80;
    auto& model = all.model;
    model.network = network;
    model.squeeze = model.attention = 128;
    model.pooled_channels = 1536;
    const bool resnet = model.network == "resnet34";
    model.embedding = resnet ? 256 : 192;
    (resnet ? model.stage_channels : model.channels) = channels;
    return all;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: onnx_samples FOLDER [CHECKPOINT...]\n");
        return 1;
    }
    try {
        const fs::path folder = argv[1];
        fs::create_directories(folder);
        for (int i = 2; i < argc; ++i) {
            const auto trained = load_trained_network(argv[i]);
            write_samples(folder, "checkpoint_" + std::to_string(i - 1) + "_" + trained.run.all.model.network, trained);
        }
        write_samples(folder, "ecapa_tdnn_512", testing::hearing_model(of_full_width("ecapa_tdnn", 512), .1).trained);
        write_samples(folder, "ecapa_tdnn_1024", testing::hearing_model(of_full_width("ecapa_tdnn", 1024), .1).trained);
        write_samples(folder, "resnet34_32", testing::hearing_model(of_full_width("resnet34", 32), .1).trained);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "onnx_samples: %s\n", error.what());
        return 1;
    }
}
