#include "speaker_verification/deployment/ecapa_network.hpp"

#include "speaker_verification/deployment/panel_math.hpp"

#include <bregman/sparse/product.hpp>

#include <cmath>
#include <cstring>
#include <string>

namespace speaker_verification {

using bregman::index_t;
using bregman::sparse::conv1d_settings;
using bregman::sparse::layer_epilogue;
using bregman::sparse::panels;

/// What lies between the layers, of one thread.
struct ecapa_network::memory {
    panels<float> input, first, entered, split, sum, left, joined, aggregated, hidden, attention;

    /// The number of frames changes from call to call, that of channels seldom.
    static void fit(panels<float>& each, index_t channels, index_t frames) {
        if (each.channels() != channels || each.positions() != frames) each.resize(channels, frames);
    }
};

namespace {

/// Convolution, bias, ReLU, batch normalisation.
layer_epilogue<float> after(std::vector<float> bias, const bregman::sparse::folded_batch_norm<float>& norm) {
    layer_epilogue<float> end{.bias = std::move(bias), .relu = true};
    norm.after_relu(end);
    return end;
}

bregman::sparse::conv1d<float> read_unit(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                                         std::int64_t kernel, network_tensors& tensors) {
    const auto weight = tensors.matrix(name + ".conv.weight", {outputs, inputs, kernel});
    auto bias = tensors.vector(name + ".conv.bias", outputs);
    const auto norm = tensors.batch_norm(name + ".bn", outputs);
    return bregman::sparse::conv1d<float>(weight, {.kernel = kernel, .padding = kernel / 2},
                                          after(std::move(bias), norm));
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

ecapa_network::block ecapa_network::read_block(const model_settings& model, const std::string& name,
                                               std::int64_t dilation, network_tensors& tensors) {
    const auto below = name + ".se_res2block.";
    const auto width = model.channels / model.scales;
    block result;
    result.enter = read_unit(below + "0", model.channels, model.channels, 1, tensors);
    std::vector<matrix> weights;
    std::vector<std::vector<float>> biases;
    for (std::int64_t i = 0; i + 1 < model.scales; ++i) {
        const auto part = below + "1.convs." + std::to_string(i);
        weights.push_back(tensors.matrix(part + ".weight", {width, width, 3}));
        biases.push_back(tensors.vector(part + ".bias", width));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto norm = tensors.batch_norm(below + "1.bns." + std::to_string(i), width);
        result.parts.emplace_back(weights[i], conv1d_settings{.kernel = 3, .dilation = dilation, .padding = dilation},
                                  after(std::move(biases[i]), norm));
    }
    result.leave = read_unit(below + "2", model.channels, model.channels, 1, tensors);
    result.squeeze = tensors.matrix(below + "3.linear1.weight", {model.squeeze, model.channels});
    result.squeeze_bias = tensors.vector(below + "3.linear1.bias", model.squeeze);
    result.excite = tensors.matrix(below + "3.linear2.weight", {model.channels, model.squeeze});
    result.excite_bias = tensors.vector(below + "3.linear2.bias", model.channels);
    return result;
}

ecapa_network::ecapa_network(const model_settings& model, std::int64_t bands, network_tensors& tensors) {
    const auto pooled = model.pooled_channels;
    first_ = read_unit("layer1", bands, model.channels, 5, tensors);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const auto number = std::int64_t(i) + 2;
        blocks_[i] = read_block(model, "layer" + std::to_string(number), number, tensors);
    }
    const auto aggregate = tensors.matrix("conv.weight", {pooled, 3 * model.channels, 1});
    aggregate_ = layer(aggregate, {}, {.bias = tensors.vector("conv.bias", pooled), .relu = true});

    const auto attention = tensors.matrix("pool.linear1.weight", {model.attention, 3 * pooled, 1});
    attention_bias_ = tensors.vector("pool.linear1.bias", model.attention);
    attention_of_frames_ = layer(attention.columns(0, pooled));
    attention_of_context_ = attention.columns(pooled, 2 * pooled);
    const auto logits = tensors.matrix("pool.linear2.weight", {pooled, model.attention, 1});
    attention_ = layer(logits, {}, {.bias = tensors.vector("pool.linear2.bias", pooled)});

    const auto norm = tensors.batch_norm("bn", 2 * pooled);
    pooled_scale_ = norm.scale;
    pooled_shift_ = norm.shift;
    embedding_ = tensors.matrix("linear.weight", {model.embedding, 2 * pooled});
    embedding_bias_ = tensors.vector("linear.bias", model.embedding);
}

void ecapa_network::run_block(const block& each, const_panel_view x, panel_view y, memory& m) const {
    const index_t channels = x.channels, width = each.parts.front().outputs();
    memory::fit(m.entered, channels, x.positions);
    memory::fit(m.split, channels, x.positions);
    memory::fit(m.sum, width, x.positions);
    memory::fit(m.left, channels, x.positions);
    const auto entered = m.entered.view(), split = m.split.view(), sum = m.sum.view();
    each.enter(x, entered);
    for (std::size_t i = 0; i < each.parts.size(); ++i) {
        const auto own = entered.slice(index_t(i) * width, width), result = split.slice(index_t(i) * width, width);
        if (i == 0) {
            each.parts[i](own, result);
        } else {
            add(split.slice(index_t(i - 1) * width, width), own, sum);
            each.parts[i](sum, result);
        }
    }
    const index_t last = index_t(each.parts.size()) * width;
    for (index_t p = 0; p < x.count(); ++p) {
        std::memcpy(split.slice(last, width).panel(p), entered.slice(last, width).panel(p),
                    std::size_t(width * bregman::sparse::panel_width) * sizeof(float));
    }
    each.leave(split, m.left.view());

    std::vector<float> mean(std::size_t(channels), 0.f);
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
    memory::fit(m.hidden, attention_of_frames_.outputs(), frames.positions);
    memory::fit(m.attention, frames.channels, frames.positions);
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
    memory::fit(m.input, index_t(levelled.bins), frames);
    memory::fit(m.first, channels, frames);
    memory::fit(m.joined, 3 * channels, frames);
    memory::fit(m.aggregated, aggregate_.outputs(), frames);
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
