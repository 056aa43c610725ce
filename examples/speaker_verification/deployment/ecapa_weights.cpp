#include "speaker_verification/deployment/ecapa_weights.hpp"

#include <string>

namespace speaker_verification {

using bregman::index_t;

namespace {

using parts = ecapa_weights::parts;

/// Convolution, bias, ReLU, batch normalisation, the length of an odd kernel kept.
parts after_relu(bregman::sparse::csr_matrix<float> weight, std::vector<float> bias,
                 const bregman::sparse::folded_batch_norm<float>& norm, std::int64_t kernel) {
    parts result{std::move(weight), {.bias = std::move(bias), .relu = true}, kernel, kernel > 1};
    norm.after_relu(result.end);
    return result;
}

parts read_unit(const std::string& name, std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                network_tensors& tensors) {
    auto weight = tensors.matrix(name + ".conv.weight", {outputs, inputs, kernel});
    auto bias = tensors.vector(name + ".conv.bias", outputs);
    const auto norm = tensors.batch_norm(name + ".bn", outputs);
    return after_relu(std::move(weight), std::move(bias), norm, kernel);
}

/// W x + bias of one vector or of each frame; a convolution's weight has a third extent, 1.
parts read_affine(const std::string& name, const std::vector<std::int64_t>& shape, bool relu,
                  network_tensors& tensors) {
    auto weight = tensors.matrix(name + ".weight", shape);
    return {std::move(weight), {.bias = tensors.vector(name + ".bias", shape.front()), .relu = relu}};
}

ecapa_weights::block read_block(const model_settings& model, std::int64_t number, network_tensors& tensors) {
    const auto below = "layer" + std::to_string(number) + ".se_res2block.";
    const auto width = model.channels / model.scales;
    ecapa_weights::block result;
    result.dilation = number;
    result.enter = read_unit(below + "0", model.channels, model.channels, 1, tensors);
    std::vector<bregman::sparse::csr_matrix<float>> weights;
    std::vector<std::vector<float>> biases;
    for (std::int64_t i = 0; i + 1 < model.scales; ++i) {
        const auto part = below + "1.convs." + std::to_string(i);
        weights.push_back(tensors.matrix(part + ".weight", {width, width, 3}));
        biases.push_back(tensors.vector(part + ".bias", width));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto norm = tensors.batch_norm(below + "1.bns." + std::to_string(i), width);
        result.res2.push_back(after_relu(std::move(weights[i]), std::move(biases[i]), norm, 3));
    }
    result.leave = read_unit(below + "2", model.channels, model.channels, 1, tensors);
    result.squeeze = read_affine(below + "3.linear1", {model.squeeze, model.channels}, true, tensors);
    result.excite = read_affine(below + "3.linear2", {model.channels, model.squeeze}, false, tensors);
    return result;
}

} // namespace

index_t ecapa_weights::block::passed() const {
    index_t before = 0;
    for (const auto& each : res2) before += each.inputs();
    return enter.outputs() - before;
}

ecapa_weights::ecapa_weights(const model_settings& model, std::int64_t bands, network_tensors& tensors) {
    const auto pooled = model.pooled_channels;
    first = read_unit("layer1", bands, model.channels, 5, tensors);
    for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = read_block(model, std::int64_t(i) + 2, tensors);
    aggregate = read_affine("conv", {pooled, 3 * model.channels, 1}, true, tensors);

    auto both = read_affine("pool.linear1", {model.attention, 3 * pooled, 1}, false, tensors);
    attention_of_frames = {both.weight.columns(0, pooled)};
    attention_of_context = {both.weight.columns(pooled, 2 * pooled), std::move(both.end)};
    attention = read_affine("pool.linear2", {pooled, model.attention, 1}, false, tensors);

    auto norm = tensors.batch_norm("bn", 2 * pooled);
    pooled_scale = std::move(norm.scale);
    pooled_shift = std::move(norm.shift);
    embedding = read_affine("linear", {model.embedding, 2 * pooled}, false, tensors);
}

index_t ecapa_weights::neurons() const {
    index_t sum = first.outputs() + aggregate.outputs() + attention_of_frames.outputs() + attention.outputs() +
                  embedding.outputs();
    for (const auto& each : blocks) {
        sum += each.enter.outputs() + each.leave.outputs() + each.squeeze.outputs() + each.excite.outputs();
        for (const auto& part : each.res2) sum += part.outputs();
    }
    return sum;
}

} // namespace speaker_verification
