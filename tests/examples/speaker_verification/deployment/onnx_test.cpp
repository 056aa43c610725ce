#include "onnx_samples.hpp"

#include "../training/support.hpp"
#include "random_model.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/deployment/onnx_file.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

const std::string python = "/usr/bin/python3"; // Debian's, whatever else is on the path

process_result check_onnx(const std::filesystem::path& folder) {
    return run_program({python, "-B", CHECK_ONNX, folder.string()}, folder);
}

/// Takes a third of the rows of inner layers, and in one block of each kind all of them, of which those of ECAPA-TDNN's are 0 and no
/// other constant. Returns how many rows must go at least.
std::int64_t kill_rows(const speaker_network& network) {
    const torch::NoGradGuard no_gradient;
    std::int64_t killed = 0;
    for (auto& each : network.embedder->named_parameters()) {
        const auto& name = each.key();
        const bool squeezes = contains(name, "linear1.weight"), of_block = contains(name, ".conv1.weight");
        if (!squeezes && !of_block && !contains(name, "res2block.0.conv.weight")) continue;
        const auto rows = each.value().size(0);
        const auto dead = name.starts_with("layer3.se_res2block") || name.starts_with("layer2.1.") ? rows : rows / 3;
        each.value().slice(0, 0, dead).zero_();
        if (squeezes) killed += dead;
        if (of_block) killed += dead - 1; // between padded edges one constant carries the others
    }
    for (auto& each : network.embedder->named_parameters())
        if (each.key().starts_with("layer3.se_res2block.0") && each.key().ends_with("bias")) each.value().zero_();
    for (auto& each : network.embedder->named_buffers())
        if (each.key().starts_with("layer3.se_res2block.0") && each.key().ends_with("mean")) each.value().zero_();
    return killed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(onnx)

// The program proves each file by onnx's checker and strict shape inference, runs it, and holds the embeddings to LibTorch's.
BOOST_AUTO_TEST_CASE(onnx_files_are_valid_and_embed_as_libtorch_does) {
    const scratch_folder scratch;
    const auto found = run_program({python, "-c", "import numpy, onnx"}, scratch.path);
    if (found.status != 0) {
        std::printf("left out: %s has no numpy or no onnx to check files with: scripts/setup installs python3-onnx\n",
                    python.c_str());
        return;
    }
    for (const char* network : {"ecapa_tdnn", "resnet34"}) {
        auto all = small_settings();
        all.model.network = network;
        all.model.stage_channels = 2;
        const auto model = hearing_model(all, .5); // with negative scales of norms
        write_onnx_samples(scratch.path, network, model.trained, {{1, 9}, {2, 40}, {1, 77}});
        if (all.model.network == "resnet34") continue;
        const torch::NoGradGuard no_gradient;
        for (auto& each : model.trained.network.embedder->named_parameters()) {
            if (contains(each.key(), "bn") && each.key().ends_with("weight")) each.value().abs_();
        }
        write_onnx_samples(scratch.path, "positive_scales", model.trained, {{1, 9}, {2, 40}});
    }
    for (const char* network :
         {"ecapa_tdnn", "resnet34"}) { // with layers that have lost rows, all of them, and their readers
        auto all = small_settings();
        all.model.network = network;
        all.model.stage_channels = 4;
        auto model = hearing_model(all, .9);
        const auto whole = write_shrunk_onnx_network(scratch.path / "whole.onnx", model.trained);
        const auto killed = kill_rows(model.trained.network);
        const auto name = std::string(network) + "_of_dead_rows";
        write_onnx_samples(scratch.path, name, model.trained, {{1, 9}, {2, 40}, {1, 77}});
        const auto rows = write_shrunk_onnx_network(scratch.path / (name + "_removed.onnx"), model.trained);
        BOOST_TEST(whole.left == whole.trained);
        BOOST_TEST(rows.left <= rows.trained - killed);
        BOOST_TEST(std::filesystem::file_size(scratch.path / (name + "_removed.onnx")) <
                   std::filesystem::file_size(scratch.path / "whole.onnx"));
    }
    std::filesystem::remove(scratch.path / "whole.onnx");
    const auto checked = check_onnx(scratch.path);
    BOOST_TEST(checked.status == 0, checked.output);
    BOOST_TEST(std::count(checked.output.begin(), checked.output.end(), '\n') == 15, checked.output);

    // A file whose numbers are another network's is noticed.
    std::filesystem::copy_file(scratch.path / "ecapa_tdnn_kept.onnx", scratch.path / "positive_scales_kept.onnx",
                               std::filesystem::copy_options::overwrite_existing);
    const auto other = check_onnx(scratch.path);
    BOOST_TEST(other.status == 1);
    BOOST_TEST(contains(other.output, "positive_scales_kept.onnx: embeddings differ by"), other.output);
}

BOOST_AUTO_TEST_CASE(a_constant_of_another_size_is_refused) {
    onnx_graph graph;
    const std::vector<float> five(5);
    BOOST_TEST(contains(message_of([&] { graph.constant("w", {2, 3}, five); }), "'w' has other numbers"));
    BOOST_TEST(contains(message_of([&] { graph.constant("w", {5}, five); }), "nothing was thrown"));
}

BOOST_AUTO_TEST_SUITE_END()
