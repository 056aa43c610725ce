#pragma once

#include "speaker_verification/model/speaker_embedder.hpp"

#include <cstdint>
#include <torch/torch.h>

namespace speaker_verification {

/// The widths of a ResNet34. The defaults are the network of WeSpeaker's recipes with 6,634,336 parameters.
/// One for two processors without a GPU: {.feature_bins = 40, .channels = 8, .embedding_size = 128}.
struct resnet34_options {
    std::int64_t feature_bins = 80;    ///< mel bands of a frame
    std::int64_t channels = 32;        ///< of the first stage; each of the three others doubles it
    std::int64_t embedding_size = 256; ///< E: numbers in a speaker embedding

    template <class Visitor>
    void visit(Visitor&& field) {
        field("feature_bins", feature_bins);
        field("channels", channels);
        field("embedding_size", embedding_size);
    }

    /// Throws std::invalid_argument that names the first width that is out of its range.
    void check() const;
};

/// relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)), kernels of 3 x 3 without bias; the shortcut is x
/// itself, or a 1 x 1 convolution with batch normalisation where the shape changes. (B,Cin,F,T) ->
/// (B,Cout,F/stride,T/stride), rounded up.
struct residual_block : torch::nn::Module {
    residual_block(std::int64_t inputs, std::int64_t outputs, std::int64_t stride);
    torch::Tensor forward(const torch::Tensor& maps);

    torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
    torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
    torch::nn::Sequential shortcut;
};

/// ResNet34 (He et al. 2016; Zeinali et al. 2019 for speakers) as WeSpeaker builds it, under WeSpeaker's
/// tensor names: conv1 3 x 3, stages of 3, 4, 6 and 3 blocks with strides 1, 2, 2, 2 on bands and time, no
/// max-pooling; mean and deviation sqrt(var + 1e-7) over time (unbiased variance) of every channel and band;
/// one linear layer.
///
///     resnet34 network(resnet34_options{.feature_bins = 40, .channels = 8});
///     torch::Tensor embeddings = network->forward(features); // (B,T,F) -> (B,E)
struct resnet34_module : speaker_embedder {
    /// Throws std::invalid_argument: see resnet34_options::check.
    explicit resnet34_module(const resnet34_options& options = {});

    torch::Tensor forward(const torch::Tensor& features) override;

    /// 9: the three strides leave two frames, the fewest that have a variance.
    std::int64_t fewest_frames() const override { return 9; }

    const resnet34_options options;
    torch::nn::Conv2d conv1{nullptr};
    torch::nn::BatchNorm2d bn1{nullptr};
    torch::nn::Sequential layer1, layer2, layer3, layer4;
    torch::nn::Linear seg_1{nullptr};
};

TORCH_MODULE_IMPL(resnet34, resnet34_module);

} // namespace speaker_verification
