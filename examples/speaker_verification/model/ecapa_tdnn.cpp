#include "speaker_verification/model/ecapa_tdnn.hpp"

#include "common/require.hpp"
#include "speaker_verification/model/precision.hpp"

namespace speaker_verification {

namespace nn = torch::nn;
using torch::indexing::Slice;

namespace {

constexpr double variance_floor = 1e-7;

/// ReLU in place: the convolution's backward pass does not need its output, and the one of ReLU needs only
/// the result, so the copy would buy nothing.
torch::Tensor rectified(torch::Tensor tensor) { return tensor.relu_(); }

nn::Conv1d pointwise_convolution(std::int64_t inputs, std::int64_t outputs) {
    return nn::Conv1d(nn::Conv1dOptions(inputs, outputs, 1));
}

} // namespace

void ecapa_tdnn_options::check() const {
    const auto positive = [](const char* name, std::int64_t value) {
        examples::require(value >= 1, name, value, "must be at least 1");
    };
    positive("feature_bins", feature_bins);
    positive("channels", channels);
    positive("embedding_size", embedding_size);
    positive("attention_channels", attention_channels);
    positive("se_channels", se_channels);
    positive("aggregation_channels", aggregation_channels);
    examples::require(res2_splits >= 2, "res2_splits", res2_splits, "must be at least 2");
    examples::require(channels % res2_splits == 0, "channels", channels,
                      "must be a multiple of res2_splits (" + std::to_string(res2_splits) + ")");
}

time_delay_layer::time_delay_layer(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel) {
    conv = register_module("conv", nn::Conv1d(nn::Conv1dOptions(inputs, outputs, kernel).padding(kernel / 2)));
    bn = register_module("bn", nn::BatchNorm1d(outputs));
}

torch::Tensor time_delay_layer::forward(const torch::Tensor& frames) {
    return bn->forward(rectified(conv->forward(frames)));
}

res2_layer::res2_layer(std::int64_t channels, std::int64_t splits, std::int64_t dilation)
    : splits(splits), dilation(dilation) {
    const auto width = channels / splits;
    convs = register_module("convs", nn::ModuleList());
    bns = register_module("bns", nn::ModuleList());
    for (std::int64_t unit = 0; unit + 1 < splits; ++unit) {
        convs->push_back(nn::Conv1d(nn::Conv1dOptions(width, width, 3).padding(dilation).dilation(dilation)));
        bns->push_back(nn::BatchNorm1d(width));
    }
}

torch::Tensor res2_layer::forward(const torch::Tensor& frames) {
    auto parts = frames.chunk(splits, 1);
    torch::Tensor previous;
    for (std::int64_t unit = 0; unit + 1 < splits; ++unit) {
        const auto input = unit == 0 ? parts[0] : previous + parts[unit];
        const auto filtered = convs[unit]->as<nn::Conv1dImpl>()->forward(input);
        previous = bns[unit]->as<nn::BatchNorm1dImpl>()->forward(rectified(filtered));
        parts[unit] = previous;
    }
    return torch::cat(parts, 1);
}

squeeze_excitation::squeeze_excitation(std::int64_t channels, std::int64_t bottleneck) {
    linear1 = register_module("linear1", nn::Linear(channels, bottleneck));
    linear2 = register_module("linear2", nn::Linear(bottleneck, channels));
}

torch::Tensor squeeze_excitation::forward(const torch::Tensor& frames) {
    const auto squeezed = rectified(linear1->forward(frames.mean(2)));
    return frames * linear2->forward(squeezed).sigmoid().unsqueeze(2);
}

se_res2_block::se_res2_block(const ecapa_tdnn_options& options, std::int64_t dilation)
    : enter(std::make_shared<time_delay_layer>(options.channels, options.channels, 1)),
      leave(std::make_shared<time_delay_layer>(options.channels, options.channels, 1)),
      res2(std::make_shared<res2_layer>(options.channels, options.res2_splits, dilation)),
      gate(std::make_shared<squeeze_excitation>(options.channels, options.se_channels)) {
    // The list makes the tensors' names: se_res2block.0.conv.weight and so on.
    register_module("se_res2block", nn::ModuleList(enter, res2, leave, gate));
}

torch::Tensor se_res2_block::forward(const torch::Tensor& frames) {
    return frames + gate->forward(leave->forward(res2->forward(enter->forward(frames))));
}

attentive_statistics_pooling::attentive_statistics_pooling(std::int64_t channels, std::int64_t bottleneck) {
    linear1 = register_module("linear1", pointwise_convolution(3 * channels, bottleneck));
    linear2 = register_module("linear2", pointwise_convolution(bottleneck, channels));
}

torch::Tensor attentive_statistics_pooling::forward(const torch::Tensor& given) {
    const auto frames = at_least_float32(given);
    const auto channels = frames.size(1);
    const auto [variance, mean] = torch::var_mean(frames, /*dim=*/{2}, /*unbiased=*/true);
    const auto context = torch::cat({mean, (variance + variance_floor).sqrt()}, 1);

    // The definition concatenates x with mean and deviation repeated over time. The latter two give the same
    // contribution at every frame, so that part of linear1 is applied once: a third of the work, no copy of
    // x.
    const auto of_frames = linear1->weight.narrow(1, 0, channels);
    const auto of_context = linear1->weight.narrow(1, channels, 2 * channels).squeeze(2);
    const auto constant = torch::nn::functional::linear(context, of_context, linear1->bias);
    const auto hidden = (torch::conv1d(frames, of_frames) + constant.unsqueeze(2)).tanh_();

    const auto attention = at_least_float32(linear2->forward(hidden)).softmax(2);
    const auto weighted = attention * frames;
    const auto weighted_mean = weighted.sum(2);
    const auto weighted_square = (weighted * frames).sum(2);
    const auto deviation = (weighted_square - weighted_mean.square()).clamp_min(variance_floor).sqrt();
    return torch::cat({weighted_mean, deviation}, 1);
}

ecapa_tdnn_module::ecapa_tdnn_module(const ecapa_tdnn_options& given) : options(given) {
    options.check();
    layer1 = register_module("layer1", std::make_shared<time_delay_layer>(options.feature_bins, options.channels, 5));
    layer2 = register_module("layer2", std::make_shared<se_res2_block>(options, 2));
    layer3 = register_module("layer3", std::make_shared<se_res2_block>(options, 3));
    layer4 = register_module("layer4", std::make_shared<se_res2_block>(options, 4));
    conv = register_module("conv", pointwise_convolution(3 * options.channels, options.aggregation_channels));
    pool = register_module("pool", std::make_shared<attentive_statistics_pooling>(options.aggregation_channels,
                                                                                  options.attention_channels));
    bn = register_module("bn", nn::BatchNorm1d(2 * options.aggregation_channels));
    linear = register_module("linear", nn::Linear(2 * options.aggregation_channels, options.embedding_size));
}

torch::Tensor ecapa_tdnn_module::forward(const torch::Tensor& features) {
    check_features(features, options.feature_bins);
    const auto first = layer1->forward(features.transpose(1, 2).contiguous());
    const auto second = layer2->forward(first);
    const auto third = layer3->forward(second);
    const auto fourth = layer4->forward(third);
    const auto aggregated = rectified(conv->forward(torch::cat({second, third, fourth}, 1)));
    return linear->forward(bn->forward(pool->forward(aggregated)));
}

} // namespace speaker_verification
