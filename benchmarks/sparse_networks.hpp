#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <torch/torch.h>

#include "speaker_verification/deployment/sparse_model.hpp"

/// \file
/// Speaker networks at full width, thinned by training, and the dense forms in which LibTorch runs them.

namespace bench {

struct network_case {
    std::string network; ///< "ecapa_tdnn" or "resnet34"
    std::int64_t channels;

    std::string name() const { return network + "_" + std::to_string(channels); }
};

/// WeSpeaker's network of this width for 80 bands, with random weights.
speaker_verification::speaker_model make_model(const network_case& which);

/// Trains as the paper does, from a sparse start: `density` of the weights (tensors of order 2 and more) is left of the random
/// ones, and AdaBreg lets in others until `target` of them is zero (l1 on all weights alike, quantile law, step size 1e-3).
/// The network learns two random embeddings for each of eight stretches of noise of 64 frames. Returns the share of zeros.
double train_to(const speaker_verification::speaker_model& model, double target, int steps, double density);

/// The share of zeros among the weights.
double weight_sparsity(const speaker_verification::speaker_model& model);

using forward_function = std::function<torch::Tensor(const torch::Tensor&)>;

/// The module as it is.
forward_function eager(const speaker_verification::speaker_model& model);

/// Traced, its weights constants, with LibTorch's optimisations for frozen graphs: batch normalisation folded into the
/// convolution before it, ReLU and sums fused where LibTorch can, and, with `mkldnn`, operations of oneDNN.
forward_function frozen(const speaker_verification::speaker_model& model, const torch::Tensor& example, bool mkldnn);

} // namespace bench
