#pragma once

#include "speaker_verification/model/speaker_embedder.hpp"

#include <cstdint>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// The widths of an ECAPA-TDNN. The defaults are the C = 512 network of WeSpeaker's recipes with 6,190,720
/// parameters; `channels = 1024` gives the one of the paper with 14,657,088.
/// A small one that learns in minutes: {.feature_bins = 40, .channels = 64, .embedding_size = 128,
/// .attention_channels = 64, .se_channels = 64, .aggregation_channels = 192}.
struct ecapa_tdnn_options {
    std::int64_t feature_bins = 80;           ///< mel bands of a frame
    std::int64_t channels = 512;              ///< C: width of the frame-level layers, a multiple of res2_splits
    std::int64_t embedding_size = 192;        ///< E: numbers in a speaker embedding
    std::int64_t attention_channels = 128;    ///< bottleneck of the attentive pooling
    std::int64_t se_channels = 128;           ///< bottleneck of squeeze and excitation
    std::int64_t aggregation_channels = 1536; ///< frame-level features that are pooled, usually 3 C
    std::int64_t res2_splits = 8;             ///< parts of a Res2 layer, at least 2

    template <class Visitor>
    void visit(Visitor&& field) {
        field("feature_bins", feature_bins);
        field("channels", channels);
        field("embedding_size", embedding_size);
        field("attention_channels", attention_channels);
        field("se_channels", se_channels);
        field("aggregation_channels", aggregation_channels);
        field("res2_splits", res2_splits);
    }

    /// Throws std::invalid_argument that names the first width that is out of its range.
    void check() const;
};

/// Convolution over time with a bias, ReLU, batch normalisation: (B,Cin,T) -> (B,Cout,T).
struct time_delay_layer : torch::nn::Module {
    time_delay_layer(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel);
    torch::Tensor forward(const torch::Tensor& frames);

    torch::nn::Conv1d conv{nullptr};
    torch::nn::BatchNorm1d bn{nullptr};
};

/// Res2: the channels are split into S parts x_0 .. x_{S-1}; y_0 = unit_0(x_0), y_i = unit_i(y_{i-1} + x_i),
/// and the last part passes unchanged. A unit is a dilated convolution of three frames, ReLU, batch
/// normalisation. (B,C,T) -> (B,C,T).
struct res2_layer : torch::nn::Module {
    res2_layer(std::int64_t channels, std::int64_t splits, std::int64_t dilation);
    torch::Tensor forward(const torch::Tensor& frames);

    torch::nn::ModuleList convs, bns;
    std::int64_t splits, dilation;
};

/// Squeeze and excitation: each channel is scaled by a gate in (0,1) computed from the channels' means over
/// time. (B,C,T) -> (B,C,T).
struct squeeze_excitation : torch::nn::Module {
    squeeze_excitation(std::int64_t channels, std::int64_t bottleneck);
    torch::Tensor forward(const torch::Tensor& frames);

    torch::nn::Linear linear1{nullptr}, linear2{nullptr};
};

/// x + squeeze_excitation(1x1(res2(1x1(x)))). (B,C,T) -> (B,C,T).
struct se_res2_block : torch::nn::Module {
    se_res2_block(const ecapa_tdnn_options& options, std::int64_t dilation);
    torch::Tensor forward(const torch::Tensor& frames);

    std::shared_ptr<time_delay_layer> enter, leave;
    std::shared_ptr<res2_layer> res2;
    std::shared_ptr<squeeze_excitation> gate;
};

/// Attentive statistics pooling with global context: weights alpha = softmax over T of
/// linear2(tanh(linear1([x, mean_T x, std_T x]))), one for every channel and frame; the result is
/// [sum alpha x, sqrt(sum alpha x^2 - mean^2)], (B,A,T) -> (B,2A). Needs T >= 2.
struct attentive_statistics_pooling : torch::nn::Module {
    attentive_statistics_pooling(std::int64_t channels, std::int64_t bottleneck);
    torch::Tensor forward(const torch::Tensor& frames);

    torch::nn::Conv1d linear1{nullptr}, linear2{nullptr};
};

/// ECAPA-TDNN (Desplanques, Thienpondt, Demuynck, Interspeech 2020) as WeSpeaker builds it, under WeSpeaker's
/// tensor names, so that its checkpoints map one to one (see state_dict.hpp).
///
///     ecapa_tdnn network(ecapa_tdnn_options{.feature_bins = 40, .channels = 64});
///     torch::Tensor embeddings = network->forward(features); // (B,T,F) -> (B,E)
struct ecapa_tdnn_module : speaker_embedder {
    /// Throws std::invalid_argument: see ecapa_tdnn_options::check.
    explicit ecapa_tdnn_module(const ecapa_tdnn_options& options = {});

    /// `features` (B,T,F), T >= 2 frames with their mean over the utterance removed. Throws
    /// std::invalid_argument for another shape.
    torch::Tensor forward(const torch::Tensor& features) override;

    std::int64_t fewest_frames() const override { return 2; }

    const ecapa_tdnn_options options;
    std::shared_ptr<time_delay_layer> layer1;
    std::shared_ptr<se_res2_block> layer2, layer3, layer4;
    torch::nn::Conv1d conv{nullptr};
    std::shared_ptr<attentive_statistics_pooling> pool;
    torch::nn::BatchNorm1d bn{nullptr};
    torch::nn::Linear linear{nullptr};
};

TORCH_MODULE_IMPL(ecapa_tdnn, ecapa_tdnn_module);

} // namespace speaker_verification
