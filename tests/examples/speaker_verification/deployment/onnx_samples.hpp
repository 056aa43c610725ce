#pragma once
/// ONNX files of a network with what LibTorch makes of some features: what check_onnx.py compares.
#include "random_model.hpp"
#include "speaker_verification/deployment/onnx_network.hpp"
#include "speaker_verification/deployment/onnx_shrunk_network.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace speaker_verification::testing {

/// Writes NAME_folded.onnx, NAME_kept.onnx, NAME_removed.onnx (without dead channels) and NAME.safetensors: "feats.BxT" and "embs.BxT" for each batch and number of frames,
/// and as metadata "bands", "embedding", the share of "zeros" among the weights, and as JSON the "names" of the tensors.
inline void write_onnx_samples(const std::filesystem::path& folder, const std::string& name,
                               const trained_network& trained,
                               const std::vector<std::pair<std::int64_t, std::int64_t>>& sizes) {
    const torch::NoGradGuard no_gradient;
    write_onnx_network(folder / (name + "_folded.onnx"), trained, onnx_batch_norm::folded);
    write_onnx_network(folder / (name + "_kept.onnx"), trained, onnx_batch_norm::kept);
    write_shrunk_onnx_network(folder / (name + "_removed.onnx"), trained);
    safetensors_contents samples;
    const auto bands = trained.run.all.features.bands;
    for (const auto& [batch, frames] : sizes) {
        const auto size = std::to_string(batch) + "x" + std::to_string(frames);
        const auto features = random_features(batch, frames, bands);
        samples.tensors.push_back(store({"feats." + size, features}));
        samples.tensors.push_back(store({"embs." + size, trained.network.embedder->forward(features)}));
    }
    nlohmann::json names = nlohmann::json::array();
    std::int64_t weights = 0, zeros = 0;
    for (const auto& [tensor_name, tensor] : state_dict(*trained.network.embedder)) {
        if (!tensor.is_floating_point() || tensor_name == "projection.weight") continue;
        names.push_back(tensor_name);
        if (tensor.dim() < 2) continue;
        weights += tensor.numel();
        zeros += tensor.eq(0).sum().item<std::int64_t>();
    }
    samples.metadata = {{"bands", std::to_string(bands)},
                        {"embedding", std::to_string(trained.run.all.model.embedding)},
                        {"names", names.dump()},
                        {"zeros", std::to_string(double(zeros) / double(weights))}};
    write_safetensors_file(folder / (name + ".safetensors"), samples);
}

} // namespace speaker_verification::testing
