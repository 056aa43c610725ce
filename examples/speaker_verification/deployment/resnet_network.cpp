#include "speaker_verification/deployment/resnet_network.hpp"

#include "speaker_verification/deployment/panel_math.hpp"

#include <cmath>
#include <utility>

namespace speaker_verification {

using bregman::index_t;
using bregman::sparse::image_size;
using bregman::sparse::panels;

namespace {

bregman::sparse::conv2d<float> make_image_layer(resnet_weights::parts& layer, index_t stride) {
    const index_t kernel = layer.taps == 1 ? 1 : 3;
    return bregman::sparse::conv2d<float>(layer.weight, {.kernel = kernel, .stride = stride, .padding = kernel / 2},
                                          std::move(layer.end));
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

} // namespace

resnet_network::resnet_network(resnet_weights weights) {
    first_ = make_image_layer(weights.first, 1);
    for (auto& stage : weights.stages)
        for (auto& each : stage.blocks) {
            block made;
            made.first = make_image_layer(each.first, each.stride);
            made.second = make_image_layer(each.second, 1);
            if (each.shortcut) made.shortcut.push_back(make_image_layer(*each.shortcut, each.stride));
            blocks_.push_back(std::move(made));
        }
    embedding_ = std::move(weights.embedding.weight);
    embedding_bias_ = std::move(weights.embedding.end.bias);
}

Eigen::RowVectorXf resnet_network::embed(feature_view levelled) const {
    thread_local panels<float> input, current, inner, through, next;
    image_size size{index_t(levelled.bins), index_t(levelled.frames)};
    input.resize(1, size.positions()); // the pixels behind its rows must be zero
    for (index_t t = 0; t < size.width; ++t)
        for (index_t band = 0; band < size.height; ++band)
            input.view()(0, size.at(band, t)) = levelled.data[t * size.height + band];
    current.fit(first_.outputs(), size.positions());
    first_(input.view(), size, current.view());
    for (const auto& each : blocks_) {
        const auto smaller = each.first.output_size(size);
        inner.fit(each.first.outputs(), smaller.positions());
        next.fit(each.second.outputs(), smaller.positions());
        each.first(current.view(), size, inner.view());
        const_panel_view residual = current.view();
        if (!each.shortcut.empty()) {
            through.fit(each.second.outputs(), smaller.positions());
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
