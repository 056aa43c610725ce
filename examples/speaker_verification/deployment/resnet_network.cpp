#include "speaker_verification/deployment/resnet_network.hpp"

#include "speaker_verification/deployment/panel_math.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace speaker_verification {

using bregman::index_t;
using bregman::sparse::image_size;
using bregman::sparse::panels;

namespace {

/// A convolution without bias and the batch normalisation behind it, `bn` for "conv".
bregman::sparse::conv2d<float> read_unit(const std::string& conv, const std::string& bn, std::int64_t inputs,
                                         std::int64_t outputs, std::int64_t kernel, std::int64_t stride, bool relu,
                                         network_tensors& tensors) {
    const auto weight = tensors.matrix(conv + ".weight", {outputs, inputs, kernel, kernel});
    const auto norm = tensors.batch_norm(bn, outputs);
    bregman::sparse::layer_epilogue<float> end{.relu = relu};
    const auto folded = norm.into(weight, end);
    return bregman::sparse::conv2d<float>(folded, {.kernel = kernel, .stride = stride, .padding = kernel / 2},
                                          std::move(end));
}

/// Mean and deviation over time of every channel and band, the means first: index channel * bands + band.
std::vector<float> statistics_over_time(const_panel_view x, const image_size& size) {
    const auto count = std::size_t(x.channels * size.height);
    std::vector<float> result(2 * count);
    for (index_t c = 0; c < x.channels; ++c)
        for (index_t band = 0; band < size.height; ++band) {
            double sum = 0, squares = 0;
            for (index_t t = 0; t < size.width; ++t) sum += double(x(c, size.at(band, t)));
            const double mean = sum / double(size.width);
            for (index_t t = 0; t < size.width; ++t) {
                const double distance = double(x(c, size.at(band, t))) - mean;
                squares += distance * distance;
            }
            const auto at = std::size_t(c * size.height + band);
            result[at] = float(mean);
            result[count + at] = float(std::sqrt(squares / double(size.width - 1) + double(variance_floor)));
        }
    return result;
}

void fit(panels<float>& each, index_t channels, const image_size& size) {
    if (each.channels() != channels || each.positions() != size.positions()) each.resize(channels, size.positions());
}

} // namespace

resnet_network::resnet_network(const model_settings& model, std::int64_t bands, network_tensors& tensors) {
    const auto width = model.stage_channels;
    first_ = read_unit("conv1", "bn1", 1, width, 3, 1, true, tensors);
    constexpr std::array<std::int64_t, 4> depths = {3, 4, 6, 3};
    std::int64_t inputs = width;
    for (std::size_t stage = 0; stage < depths.size(); ++stage) {
        const auto outputs = width << stage;
        for (std::int64_t i = 0; i < depths[stage]; ++i) {
            const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
            const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
            block each;
            each.first = read_unit(name + ".conv1", name + ".bn1", inputs, outputs, 3, stride, true, tensors);
            // ReLU comes after the sum with the shortcut, which is the product's residual.
            each.second = read_unit(name + ".conv2", name + ".bn2", outputs, outputs, 3, 1, true, tensors);
            if (stride != 1 || inputs != outputs) {
                each.shortcut.push_back(
                    read_unit(name + ".shortcut.0", name + ".shortcut.1", inputs, outputs, 1, stride, false, tensors));
            }
            blocks_.push_back(std::move(each));
            inputs = outputs;
        }
    }
    const auto pooled = 2 * inputs * ((bands + 7) / 8);
    embedding_ = tensors.matrix("seg_1.weight", {model.embedding, pooled});
    embedding_bias_ = tensors.vector("seg_1.bias", model.embedding);
}

Eigen::RowVectorXf resnet_network::embed(feature_view levelled) const {
    thread_local panels<float> input, current, inner, through, next;
    image_size size{index_t(levelled.bins), index_t(levelled.frames)};
    input.resize(1, size.positions()); // the pixels behind its rows must be zero
    for (index_t t = 0; t < size.width; ++t)
        for (index_t band = 0; band < size.height; ++band)
            input.view()(0, size.at(band, t)) = levelled.data[t * size.height + band];
    fit(current, first_.outputs(), size);
    first_(input.view(), size, current.view());
    for (const auto& each : blocks_) {
        const auto smaller = each.first.output_size(size);
        fit(inner, each.first.outputs(), smaller);
        fit(next, each.second.outputs(), smaller);
        each.first(current.view(), size, inner.view());
        const_panel_view residual = current.view();
        if (!each.shortcut.empty()) {
            fit(through, each.second.outputs(), smaller);
            each.shortcut.front()(current.view(), size, through.view());
            residual = through.view();
        }
        each.second(inner.view(), smaller, next.view(), residual);
        std::swap(current, next);
        size = smaller;
    }
    const auto statistics = statistics_over_time(current.view(), size);
    Eigen::RowVectorXf embedding(index_t(embedding_bias_.size()));
    embedding_.apply(statistics.data(), embedding.data());
    for (std::size_t i = 0; i < embedding_bias_.size(); ++i) embedding[index_t(i)] += embedding_bias_[i];
    return embedding;
}

std::int64_t resnet_network::bytes() const {
    std::int64_t sum = first_.weights().bytes() + embedding_.bytes();
    for (const auto& each : blocks_) {
        sum += each.first.weights().bytes() + each.second.weights().bytes();
        for (const auto& shortcut : each.shortcut) sum += shortcut.weights().bytes();
    }
    return sum;
}

} // namespace speaker_verification
