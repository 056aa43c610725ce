#include "speaker_verification/deployment/resnet_weights.hpp"

#include <string>

namespace speaker_verification {

using bregman::index_t;

namespace {

/// A convolution without bias and the batch normalisation behind it, `bn` for "conv".
resnet_weights::parts read_unit(const std::string& conv, const std::string& bn, std::int64_t inputs,
                                std::int64_t outputs, std::int64_t kernel, bool relu, network_tensors& tensors) {
    const auto weight = tensors.matrix(conv + ".weight", {outputs, inputs, kernel, kernel});
    const auto norm = tensors.batch_norm(bn, outputs);
    resnet_weights::parts result{{}, {.relu = relu}, kernel * kernel, kernel > 1};
    result.weight = norm.into(weight, result.end);
    return result;
}

} // namespace

resnet_weights::resnet_weights(const model_settings& model, std::int64_t bands, network_tensors& tensors) {
    const auto width = model.stage_channels;
    first = read_unit("conv1", "bn1", 1, width, 3, true, tensors);
    constexpr std::array<std::int64_t, 4> depths = {3, 4, 6, 3};
    std::int64_t inputs = width;
    for (std::size_t s = 0; s < depths.size(); ++s) {
        const auto outputs = width << s;
        for (std::int64_t i = 0; i < depths[s]; ++i) {
            const auto name = "layer" + std::to_string(s + 1) + "." + std::to_string(i);
            block each;
            each.stride = i == 0 && s > 0 ? 2 : 1;
            each.first = read_unit(name + ".conv1", name + ".bn1", inputs, outputs, 3, true, tensors);
            // ReLU comes after the sum with the shortcut, which is the product's residual.
            each.second = read_unit(name + ".conv2", name + ".bn2", outputs, outputs, 3, true, tensors);
            if (each.stride != 1 || inputs != outputs) {
                each.shortcut =
                    read_unit(name + ".shortcut.0", name + ".shortcut.1", inputs, outputs, 1, false, tensors);
            }
            stages[s].blocks.push_back(std::move(each));
            inputs = outputs;
        }
    }
    const auto height = (bands + 7) / 8;
    embedding.weight = tensors.matrix("seg_1.weight", {model.embedding, 2 * inputs * height});
    embedding.end.bias = tensors.vector("seg_1.bias", model.embedding);
    embedding.taps = height;
}

index_t resnet_weights::neurons() const {
    index_t sum = first.outputs() + embedding.outputs();
    for (const auto& of_stage : stages)
        for (const auto& each : of_stage.blocks)
            sum += each.first.outputs() + each.second.outputs() + (each.shortcut ? each.shortcut->outputs() : 0);
    return sum;
}

} // namespace speaker_verification
