#include "speaker_verification/deployment/ecapa_network.hpp"

#include "speaker_verification/deployment/panel_math.hpp"

#include <bregman/sparse/product.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace speaker_verification {

using bregman::index_t;
using bregman::sparse::panels;

/// What lies between the layers, of one thread.
struct ecapa_network::memory {
    panels<float> input, first, entered, split, left, joined, aggregated, hidden, attention;
    std::array<panels<float>, 2> sums; ///< what two neighbours of Res2's convolutions read
};

namespace {

bregman::sparse::conv1d<float> make_layer(ecapa_weights::parts& weights, std::int64_t dilation = 1) {
    const std::int64_t kernel = weights.taps;
    return bregman::sparse::conv1d<float>(weights.weight,
                                          {.kernel = kernel, .dilation = dilation, .padding = dilation * (kernel / 2)},
                                          std::move(weights.end));
}

/// y = W x + bias.
std::vector<float> affine(const bregman::sparse::csr_matrix<float>& weight, const std::vector<float>& bias,
                          const std::vector<float>& x) {
    std::vector<float> y(bias.size());
    weight.apply(x.data(), y.data());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += bias[i];
    return y;
}

} // namespace

ecapa_network::block ecapa_network::make_block(ecapa_weights::block weights) {
    block result;
    result.enter = make_layer(weights.enter);
    for (auto& part : weights.res2) result.parts.push_back(make_layer(part, weights.dilation));
    result.leave = make_layer(weights.leave);
    result.squeeze = std::move(weights.squeeze.weight);
    result.squeeze_bias = std::move(weights.squeeze.end.bias);
    result.excite = std::move(weights.excite.weight);
    result.excite_bias = std::move(weights.excite.end.bias);
    return result;
}

ecapa_network::ecapa_network(ecapa_weights weights) {
    first_ = make_layer(weights.first);
    for (std::size_t i = 0; i < blocks_.size(); ++i) blocks_[i] = make_block(std::move(weights.blocks[i]));
    aggregate_ = make_layer(weights.aggregate);
    attention_of_frames_ = make_layer(weights.attention_of_frames);
    attention_of_context_ = std::move(weights.attention_of_context.weight);
    attention_bias_ = std::move(weights.attention_of_context.end.bias);
    attention_ = make_layer(weights.attention);
    pooled_scale_ = std::move(weights.pooled_scale);
    pooled_shift_ = std::move(weights.pooled_shift);
    embedding_ = std::move(weights.embedding.weight);
    embedding_bias_ = std::move(weights.embedding.end.bias);
}

void ecapa_network::run_block(const block& each, const_panel_view x, panel_view y, memory& m) const {
    m.entered.fit(each.enter.outputs(), x.positions);
    m.split.fit(each.leave.inputs(), x.positions);
    m.left.fit(each.leave.outputs(), x.positions);
    const auto entered = m.entered.view(), split = m.split.view();
    // Slices of what enters and of what is split, which may have lost channels: one for each convolution, and the rest.
    struct slices {
        const_panel_view own;
        panel_view result, sum; ///< the sum with the result before
    };
    std::vector<slices> parts;
    index_t begin = 0, result_begin = 0, widest = 0;
    for (const layer& part : each.parts) {
        parts.push_back({entered.slice(begin, part.inputs()), split.slice(result_begin, part.outputs()), {}});
        begin += part.inputs();
        result_begin += part.outputs();
        widest = std::max(widest, part.inputs());
    }
    for (auto& sum : m.sums) sum.fit(widest, x.positions);
    for (std::size_t i = 1; i < parts.size(); ++i) parts[i].sum = m.sums[i % 2].view().slice(0, parts[i].own.channels);
    const index_t passed = entered.channels - begin;
    const const_panel_view from = entered.slice(begin, passed);
    const panel_view to = split.slice(result_begin, passed);

    each.enter(x, entered, {}, [&](index_t p) {
        std::memcpy(to.panel(p), from.panel(p), std::size_t(passed * bregman::sparse::panel_width) * sizeof(float));
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
        each.parts[i](i == 0 ? parts[i].own : parts[i].sum, parts[i].result, {}, [&](index_t p) {
            if (i + 1 < parts.size()) add_panel(parts[i].result, parts[i + 1].own, parts[i + 1].sum, p);
        });
    }
    each.leave(split, m.left.view());

    std::vector<float> mean(std::size_t(x.channels), 0.f);
    channel_means(m.left.view(), mean.data());
    auto squeezed = affine(each.squeeze, each.squeeze_bias, mean);
    for (float& value : squeezed) value = std::max(value, 0.f);
    auto gate = affine(each.excite, each.excite_bias, squeezed);
    for (float& value : gate) value = 1 / (1 + std::exp(-value));
    add_gated(x, m.left.view(), gate.data(), y);
}

std::vector<float> ecapa_network::pool(memory& m) const {
    const const_panel_view frames = m.aggregated.view();
    const auto pooled = std::size_t(frames.channels);
    m.hidden.fit(attention_of_frames_.outputs(), frames.positions);
    m.attention.fit(frames.channels, frames.positions);
    std::vector<float> context(2 * pooled), result(2 * pooled);
    channel_statistics(frames, context.data(), context.data() + pooled);
    attention_of_frames_(frames, m.hidden.view());
    tanh_of_sum(m.hidden.view(), affine(attention_of_context_, attention_bias_, context).data());
    attention_(m.hidden.view(), m.attention.view());
    attentive_statistics(m.attention.view(), frames, result.data(), result.data() + pooled);
    return result;
}

Eigen::RowVectorXf ecapa_network::embed(feature_view levelled) const {
    thread_local memory m;
    const index_t frames = index_t(levelled.frames), channels = first_.outputs();
    m.input.fit(index_t(levelled.bins), frames);
    m.first.fit(channels, frames);
    m.joined.fit(3 * channels, frames);
    m.aggregated.fit(aggregate_.outputs(), frames);
    for (index_t t = 0; t < frames; ++t)
        for (index_t b = 0; b < index_t(levelled.bins); ++b)
            m.input.view()(b, t) = levelled.data[t * index_t(levelled.bins) + b];
    first_(m.input.view(), m.first.view());
    // Each block writes where the aggregation reads.
    const_panel_view x = m.first.view();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const auto y = m.joined.view().slice(index_t(i) * channels, channels);
        run_block(blocks_[i], x, y, m);
        x = y;
    }
    aggregate_(m.joined.view(), m.aggregated.view());
    auto statistics = pool(m);
    for (std::size_t i = 0; i < statistics.size(); ++i)
        statistics[i] = statistics[i] * pooled_scale_[i] + pooled_shift_[i];
    const auto embedding = affine(embedding_, embedding_bias_, statistics);
    return Eigen::Map<const Eigen::RowVectorXf>(embedding.data(), index_t(embedding.size()));
}

std::int64_t ecapa_network::bytes() const {
    std::int64_t sum = 0;
    for (const layer* each : {&first_, &aggregate_, &attention_of_frames_, &attention_}) sum += each->weights().bytes();
    for (const auto& each : blocks_) {
        sum += each.enter.weights().bytes() + each.leave.weights().bytes() + each.squeeze.bytes() + each.excite.bytes();
        for (const auto& part : each.parts) sum += part.weights().bytes();
    }
    return sum + attention_of_context_.bytes() + embedding_.bytes();
}

} // namespace speaker_verification
