#pragma once
#include "speaker_verification/model/aam_softmax.hpp"
#include "speaker_verification/model/speaker_embedder.hpp"
#include "speaker_verification/training/checkpoints/run_description.hpp"
#include "speaker_verification/training/loop/batches.hpp"

#include <memory>

namespace speaker_verification {

/// The embedding network, with the classifier registered on it as `projection`, so that both share one list
/// of parameters and one state dict.
struct speaker_network {
    std::shared_ptr<speaker_embedder> embedder;
    aam_softmax head{nullptr};

    torch::Device device() const { return head->weight.device(); }
};

/// The architecture that the settings name, with random weights from torch's generator and no classifier.
std::shared_ptr<speaker_embedder> make_embedder(const model_settings& model, std::int64_t bands);

/// Whether a tensor of this name can hold such values: finite ones, and no negative variance or count.
bool is_possible(const torch::Tensor& values, const std::string& name);

/// A network with random weights on the CPU, a function of the settings' seed alone.
speaker_network make_network(const run_description& run);

/// The device that trains. Throws std::invalid_argument with one sentence when this LibTorch, or this
/// machine, has no CUDA.
torch::Device device_of(const run_settings& run);

/// (B,T,F) float32, a copy.
torch::Tensor tensor_of(const batch& batch);

/// (B) int64, a copy.
torch::Tensor classes_of(const batch& batch);

} // namespace speaker_verification
