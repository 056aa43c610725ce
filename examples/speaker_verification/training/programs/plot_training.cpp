// Draws a run's log: lambda and sparsity, loss and accuracy. `plot_training results/demo`.
#include "speaker_verification/training/reports/figures.hpp"
#include "speaker_verification/training/settings/command_line.hpp"

#include <cstdio>

int main(int argc, char** argv) {
    using namespace speaker_verification;
    return run_program("plot_training", [&] {
        CLI::App app{"Draws lambda, sparsity, loss and accuracy from a run's log.jsonl"};
        std::string folder;
        app.add_option("folder", folder, "of a run of `train`")->required();
        if (!parse_command_line(app, argc, argv)) return 0;
        for (const auto& picture : draw_training(folder)) std::printf("%s\n", picture.c_str());
        return 0;
    });
}
