#include "speaker_verification/deployment/onnx_shrunk_network.hpp"

#include "speaker_verification/deployment/ecapa_weights.hpp"
#include "speaker_verification/deployment/onnx_layers.hpp"
#include "speaker_verification/deployment/resnet_weights.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/checkpoints/plain_state.hpp"

#include <cmath>
#include <deque>
#include <span>
#include <stdexcept>
#include <utility>

namespace speaker_verification {

namespace {

using bregman::index_t;
using integers = std::vector<std::int64_t>;
using strings = std::vector<std::string>;
using parts = bregman::sparse::layer_parts<float>;

/// The tensors of a network as a file has them, and their bytes.
struct encoded_state {
    std::deque<std::string> bytes;
    std::vector<model_tensor> tensors;

    explicit encoded_state(const speaker_embedder& network) {
        for (const auto& [name, tensor] : state_dict(network)) {
            if (!tensor.is_floating_point() || name == head_name || name == head_bias_name) continue;
            const auto flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
            const std::span<const float> values(flat.data_ptr<float>(), std::size_t(flat.numel()));
            bytes.push_back(encode(values, matrix_of(flat.sizes()), tensor_encoding::dense));
            tensors.push_back({name, flat.sizes().vec(), tensor_encoding::dense, bytes.back()});
        }
    }
};

float_tensor dense(const bregman::sparse::csr_matrix<float>& matrix, integers shape) {
    float_tensor result{std::move(shape), std::vector<float>(std::size_t(matrix.rows() * matrix.cols()))};
    for (index_t r = 0; r < matrix.rows(); ++r)
        bregman::sparse::contract::for_entries_of_row(matrix, r, [&](const auto& entry) {
            result.values[std::size_t(r * matrix.cols() + entry.column)] = entry.value;
        });
    return result;
}

void require_channels(bool left) {
    if (!left)
        throw std::invalid_argument("the network is left without a channel and says the same of all: train it to fewer "
                                    "zeros");
}

/// What a layer reads, and how many channels that has. Without any it has no name.
struct signal {
    std::string name;
    index_t channels = 0;
};

/// Layers by their parts. Where one reads nothing, `ground` has the size of what it writes.
class parts_writer {
  public:
    onnx_layers build;

    /// kernel, or kernel * kernel with two `directions`.
    signal convolution(const signal& x, const std::string& name, const parts& layer, onnx_layers::window size,
                       const signal& ground, std::size_t directions = 1) {
        if (layer.outputs() == 0) return {};
        const bool reads = x.channels > 0;
        if (!reads) size.kernel = size.dilation = 1;
        integers shape(2 + directions, size.kernel);
        shape[0] = layer.outputs();
        shape[1] = reads ? x.channels : ground.channels;
        const auto weight =
            reads ? dense(layer.weight, shape)
                  : float_tensor{shape, std::vector<float>(std::size_t(layer.outputs() * ground.channels))};
        const auto& from = reads ? x.name : ground.name;
        const auto& [bias, relu, scale, shift] = layer.end;
        if (!scale.empty())
            return {build.scaled_relu(from, name + ".conv", name + ".bn", weight, bias, scale, shift, size),
                    layer.outputs()};
        const auto z = build.convolution(from, name, weight, bias, size);
        return {relu ? build.relu(z, name + ".relu") : z, layer.outputs()};
    }

    std::string linear(const std::string& x, const std::string& name, const parts& layer, const std::string& result) {
        return build.linear(x, name, dense(layer.weight, {layer.outputs(), layer.weight.cols()}), layer.end.bias,
                            result);
    }

    signal concatenated(const std::vector<signal>& all, const std::string& name) {
        strings names;
        index_t channels = 0;
        for (const auto& each : all) {
            if (each.channels == 0) continue;
            names.push_back(each.name);
            channels += each.channels;
        }
        if (names.empty()) return {};
        return {build.graph.add("Concat", names, name, {{"axis", std::int64_t(1)}}), channels};
    }
};

/// Slices of these widths, of which those of 0 have no name.
std::vector<signal> split(parts_writer& write, const signal& x, const integers& widths, const std::string& name) {
    std::vector<signal> slices;
    strings names;
    integers wide;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        slices.push_back({widths[i] == 0 ? "" : name + ".part." + std::to_string(i), widths[i]});
        if (widths[i] == 0) continue;
        names.push_back(slices.back().name);
        wide.push_back(widths[i]);
    }
    if (!names.empty())
        write.build.graph.add("Split", {x.name, write.build.graph.constant(name + ".widths", wide)}, names,
                              {{"axis", std::int64_t(1)}});
    return slices;
}

/// sigmoid(excite(squeeze(mean of x))), for each channel.
std::string gate_of(parts_writer& write, const ecapa_weights::block& block, const signal& x, const std::string& name) {
    auto& graph = write.build.graph;
    if (block.squeeze.outputs() == 0) {
        auto gates = block.excite.end.bias;
        for (auto& each : gates) each = 1 / (1 + std::exp(-each));
        return graph.constant(name + ".gate", {std::int64_t(gates.size()), 1}, gates);
    }
    const auto mean =
        graph.add("ReduceMean", {x.name}, name + ".mean", {{"axes", integers{2}}, {"keepdims", std::int64_t(0)}});
    const auto squeezed =
        write.build.relu(write.linear(mean, name + ".linear1", block.squeeze, name + ".linear1"), name + ".relu");
    const auto gate = graph.add("Sigmoid", {write.linear(squeezed, name + ".linear2", block.excite, name + ".linear2")},
                                name + ".gate");
    return graph.add("Unsqueeze", {gate, graph.constant(name + ".axes", integers{2})}, name + ".gate_of_channels");
}

/// x + gate(leave(res2(enter(x)))).
signal add_block(parts_writer& write, const ecapa_weights::block& block, const signal& x, const std::string& name,
                 const signal& ground) {
    auto& graph = write.build.graph;
    const auto below = name + ".se_res2block.";
    const auto entered = write.convolution(x, below + "0", block.enter, {}, ground);
    integers widths;
    for (const auto& part : block.res2) widths.push_back(part.inputs());
    widths.push_back(block.passed());
    auto slices = split(write, entered, widths, below + "1");
    for (std::size_t i = 0; i < block.res2.size(); ++i) {
        const auto number = std::to_string(i);
        auto input = slices[i];
        if (i > 0 && input.channels > 0)
            input.name = graph.add("Add", {slices[i - 1].name, input.name}, below + "1.sum." + number);
        slices[i] = write.convolution(input, below + "1." + number, block.res2[i],
                                      {.kernel = block.res2[i].taps, .dilation = block.dilation}, ground);
    }
    const auto left = write.convolution(write.concatenated(slices, below + "1"), below + "2", block.leave, {}, ground);
    const auto gate = gate_of(write, block, left, below + "3");
    return {graph.add("Add", {x.name, graph.add("Mul", {left.name, gate}, below + "3")}, name), x.channels};
}

std::string add_pooling(parts_writer& write, const ecapa_weights& network, const signal& x, const signal& ground) {
    auto& graph = write.build.graph;
    signal hidden{"", network.attention.inputs()};
    if (hidden.channels > 0) {
        const auto [mean, deviation] = write.build.statistics_over(x.name, 2);
        const auto context =
            write.concatenated({{mean, x.channels}, {deviation, x.channels}}, "pool.context_of_utterance");
        const auto constant =
            write.convolution(context, "pool.linear1.context", network.attention_of_context, {}, ground);
        const auto changing = write.convolution(x, "pool.linear1.frames", network.attention_of_frames, {}, ground);
        hidden.name =
            graph.add("Tanh", {graph.add("Add", {changing.name, constant.name}, "pool.linear1")}, "pool.tanh");
    }
    const auto scores = write.convolution(hidden, "pool.linear2", network.attention, {}, ground);
    return write.build.attentive_statistics(x.name, scores.name);
}

void add_ecapa_tdnn(parts_writer& write, const ecapa_weights& network, index_t bands) {
    auto& graph = write.build.graph;
    require_channels(network.first.outputs() > 0 && network.aggregate.outputs() > 0);
    const signal ground{graph.add("Transpose", {"feats"}, "bands_by_frames", {{"perm", integers{0, 2, 1}}}), bands};
    auto x = write.convolution(ground, "layer1", network.first, {.kernel = network.first.taps}, ground);
    std::vector<signal> blocks;
    for (const auto& block : network.blocks)
        blocks.push_back(x = add_block(write, block, x, "layer" + std::to_string(block.dilation), ground));
    const auto pooled = write.convolution(write.concatenated(blocks, "blocks"), "conv", network.aggregate, {}, ground);
    const auto statistics = add_pooling(write, network, pooled, ground);
    auto weight = dense(network.embedding.weight, {network.embedding.outputs(), network.embedding.inputs()});
    auto bias = network.embedding.end.bias;
    const auto columns = network.pooled_scale.size();
    for (std::size_t r = 0; r < bias.size(); ++r) {
        double sum = double(bias[r]);
        for (std::size_t c = 0; c < columns; ++c) {
            auto& each = weight.values[r * columns + c];
            sum += double(each) * double(network.pooled_shift[c]);
            each *= network.pooled_scale[c];
        }
        bias[r] = float(sum);
    }
    write.build.linear(statistics, "linear", weight, bias, "embs");
}

void add_resnet34(parts_writer& write, const resnet_weights& network) {
    auto& graph = write.build.graph;
    const auto bands = graph.add("Transpose", {"feats"}, "bands_by_frames", {{"perm", integers{0, 2, 1}}});
    const signal image{graph.add("Unsqueeze", {bands, graph.constant("channel_axis", integers{1})}, "image"), 1};
    auto x = write.convolution(image, "conv1", network.first, {.kernel = 3}, image, 2);
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const auto& blocks = network.stages[s].blocks;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const auto& block = blocks[i];
            const auto name = "layer" + std::to_string(s + 1) + "." + std::to_string(i);
            require_channels(x.channels > 0 && block.second.outputs() > 0);
            const auto inner =
                write.convolution(x, name + ".conv1", block.first, {.kernel = 3, .stride = block.stride}, x, 2);
            auto second = block.second;
            second.end.relu = false; // it comes after the sum
            // Of nothing: x, seen as coarsely as what is added to.
            const std::int64_t stride = inner.channels > 0 ? 1 : block.stride;
            const auto outer = write.convolution(inner, name + ".conv2", second, {.kernel = 3, .stride = stride}, x, 2);
            auto through = x;
            if (block.shortcut)
                through = write.convolution(x, name + ".shortcut", *block.shortcut, {.stride = block.stride}, x, 2);
            x = {write.build.relu(graph.add("Add", {outer.name, through.name}, name + ".sum"), name), outer.channels};
        }
    }
    const auto [mean, deviation] = write.build.statistics_over(x.name, 3);
    const auto flat = [&](const std::string& values) {
        return graph.add("Flatten", {values}, values + ".flat", {{"axis", std::int64_t(1)}});
    };
    const auto statistics =
        graph.add("Concat", {flat(mean), flat(deviation)}, "statistics", {{"axis", std::int64_t(1)}});
    write.linear(statistics, "seg_1", network.embedding, "embs");
}

template <class Weights>
embedding_network::row_count shrink_rows(Weights& weights) {
    const auto trained = weights.neurons();
    shrink(weights);
    return {trained, weights.neurons()};
}

} // namespace

embedding_network::row_count write_shrunk_onnx_network(const std::filesystem::path& path,
                                                       const trained_network& trained) {
    const auto& run = trained.run;
    const auto& model = run.all.model;
    const auto bands = run.all.features.bands;
    const encoded_state state(*trained.network.embedder);
    network_tensors tensors(state.tensors);
    parts_writer write;
    write.build.graph.input({"feats", {"B", "T", bands}});
    write.build.graph.output({"embs", {"B", model.embedding}});
    embedding_network::row_count rows;
    if (model.network == "resnet34") {
        resnet_weights weights(model, bands, tensors);
        rows = shrink_rows(weights);
        add_resnet34(write, weights);
    } else {
        ecapa_weights weights(model, bands, tensors);
        rows = shrink_rows(weights);
        add_ecapa_tdnn(write, weights, bands);
    }
    auto metadata = network_metadata(run);
    metadata["levels"] = nlohmann::json(run.normalization).dump();
    metadata["rows"] = nlohmann::json{{"trained", rows.trained}, {"left", rows.left}}.dump();
    write.build.graph.write(path, model.network, metadata);
    return rows;
}

} // namespace speaker_verification
