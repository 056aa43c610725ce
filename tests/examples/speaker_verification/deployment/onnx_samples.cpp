// Networks of full width, trained for some steps, and those of checkpoints as ONNX files with embeddings by LibTorch beside them:
// scripts/onnx-check. usage: onnx_samples FOLDER [CHECKPOINT...]
#include "onnx_samples.hpp"

#include "sparse_networks.hpp"

#include <cstdio>
#include <exception>

namespace {

void write_samples(const std::filesystem::path& folder, const std::string& name,
                   const speaker_verification::trained_network& trained) {
    speaker_verification::testing::write_onnx_samples(folder, name, trained,
                                                      {{1, 9}, {1, 64}, {3, 200}, {1, 298}, {1, 1000}});
    std::printf("onnx_samples: wrote %s\n", name.c_str());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: onnx_samples FOLDER [CHECKPOINT...]\n");
        return 1;
    }
    try {
        const std::filesystem::path folder = argv[1];
        std::filesystem::create_directories(folder);
        for (int i = 2; i < argc; ++i) {
            const auto trained = speaker_verification::load_trained_network(argv[i]);
            write_samples(folder, "checkpoint_" + std::to_string(i - 1) + "_" + trained.run.all.model.network, trained);
        }
        for (const bench::network_case& which :
             {bench::network_case{"ecapa_tdnn", 512}, {"ecapa_tdnn", 1024}, {"resnet34", 32}}) {
            const auto model = bench::make_model(which);
            bench::train_to(model, .9, 30, .1);
            write_samples(folder, which.name(), model.trained);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "onnx_samples: %s\n", error.what());
        return 1;
    }
}
