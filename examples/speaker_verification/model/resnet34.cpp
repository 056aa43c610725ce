#include "speaker_verification/model/resnet34.hpp"

#include "common/require.hpp"
#include "speaker_verification/model/precision.hpp"

#include <memory>

namespace speaker_verification {

namespace nn = torch::nn;

namespace {

nn::Conv2d square_convolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
    return nn::Conv2d(nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// `blocks` residual blocks, the first of which changes the shape.
nn::Sequential make_stage(std::int64_t inputs, std::int64_t outputs, std::int64_t blocks, std::int64_t stride) {
    nn::Sequential stage;
    for (std::int64_t block = 0; block < blocks; ++block) {
        stage->push_back(
            std::make_shared<residual_block>(block == 0 ? inputs : outputs, outputs, block == 0 ? stride : 1));
    }
    return stage;
}

/// What is left of `size` bands or frames after the stages' three strides of two.
std::int64_t after_the_stages(std::int64_t size) { return (size + 7) / 8; }

/// Mean and deviation over time of every channel and band, (B,C,F,T) -> (B,2CF).
torch::Tensor pooled_statistics(const torch::Tensor& given) {
    const auto maps = at_least_float32(given);
    constexpr double variance_floor = 1e-7;
    const auto [variance, mean] = torch::var_mean(maps, /*dim=*/{3}, /*unbiased=*/true);
    return torch::cat({mean.flatten(1), (variance + variance_floor).sqrt().flatten(1)}, 1);
}

} // namespace

void resnet34_options::check() const {
    const auto positive = [](const char* name, std::int64_t value) {
        examples::require(value >= 1, name, value, "must be at least 1");
    };
    positive("feature_bins", feature_bins);
    positive("channels", channels);
    positive("embedding_size", embedding_size);
}

residual_block::residual_block(std::int64_t inputs, std::int64_t outputs, std::int64_t stride) {
    conv1 = register_module("conv1", square_convolution(inputs, outputs, 3, stride));
    bn1 = register_module("bn1", nn::BatchNorm2d(outputs));
    conv2 = register_module("conv2", square_convolution(outputs, outputs, 3, 1));
    bn2 = register_module("bn2", nn::BatchNorm2d(outputs));
    register_module("shortcut", shortcut);
    if (stride == 1 && inputs == outputs) return;
    shortcut->push_back(square_convolution(inputs, outputs, 1, stride));
    shortcut->push_back(nn::BatchNorm2d(outputs));
}

torch::Tensor residual_block::forward(const torch::Tensor& maps) {
    // ReLU in place: neither batch normalisation nor the sum needs its output for the backward pass.
    const auto inner = bn1->forward(conv1->forward(maps)).relu_();
    const auto through = shortcut->is_empty() ? maps : shortcut->forward(maps);
    return (bn2->forward(conv2->forward(inner)) + through).relu_();
}

resnet34_module::resnet34_module(const resnet34_options& given) : options(given) {
    options.check();
    const auto width = options.channels;
    conv1 = register_module("conv1", square_convolution(1, width, 3, 1));
    bn1 = register_module("bn1", nn::BatchNorm2d(width));
    layer1 = register_module("layer1", make_stage(width, width, 3, 1));
    layer2 = register_module("layer2", make_stage(width, 2 * width, 4, 2));
    layer3 = register_module("layer3", make_stage(2 * width, 4 * width, 6, 2));
    layer4 = register_module("layer4", make_stage(4 * width, 8 * width, 3, 2));
    const auto pooled = 2 * 8 * width * after_the_stages(options.feature_bins);
    seg_1 = register_module("seg_1", nn::Linear(pooled, options.embedding_size));
}

torch::Tensor resnet34_module::forward(const torch::Tensor& features) {
    check_features(features, options.feature_bins);
    const auto image = features.transpose(1, 2).unsqueeze(1).contiguous();
    const auto first = layer1->forward(bn1->forward(conv1->forward(image)).relu_());
    const auto last = layer4->forward(layer3->forward(layer2->forward(first)));
    return seg_1->forward(pooled_statistics(last));
}

} // namespace speaker_verification
