#include "speaker_verification/deployment/onnx_network.hpp"

#include "speaker_verification/deployment/onnx_layers.hpp"
#include "speaker_verification/training/checkpoints/plain_state.hpp"

#include <array>

namespace speaker_verification {

namespace {

using integers = std::vector<std::int64_t>;
using strings = std::vector<std::string>;

/// y_i = unit_i(y_{i-1} + x_i) of the channels' parts, the last of which passes.
std::string res2(onnx_layers& build, const std::string& x, const std::string& name, const model_settings& model,
                 std::int64_t dilation) {
    auto& graph = build.graph;
    const auto width = model.channels / model.scales;
    strings parts;
    for (std::int64_t i = 0; i < model.scales; ++i) parts.push_back(name + ".part." + std::to_string(i));
    graph.add("Split", {x, graph.constant(name + ".widths", integers(std::size_t(model.scales), width))}, parts,
              {{"axis", std::int64_t(1)}});
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto number = std::to_string(i);
        const auto input = i == 0 ? parts[0] : graph.add("Add", {parts[i - 1], parts[i]}, name + ".sum." + number);
        parts[i] = build.time_delay(input, name + ".convs." + number, name + ".bns." + number,
                                    {.kernel = 3, .dilation = dilation});
    }
    return graph.add("Concat", parts, name, {{"axis", std::int64_t(1)}});
}

/// x + gate(leave(res2(enter(x)))).
std::string se_res2_block(onnx_layers& build, const std::string& x, const std::string& name,
                          const model_settings& model, std::int64_t dilation) {
    auto& graph = build.graph;
    const auto below = name + ".se_res2block.";
    const auto entered = build.time_delay(x, below + "0.conv", below + "0.bn", {});
    const auto split = res2(build, entered, below + "1", model, dilation);
    const auto left = build.time_delay(split, below + "2.conv", below + "2.bn", {});
    const auto mean =
        graph.add("ReduceMean", {left}, below + "3.mean", {{"axes", integers{2}}, {"keepdims", std::int64_t(0)}});
    const auto squeezed = build.relu(build.linear(mean, below + "3.linear1", below + "3.linear1"), below + "3.relu");
    const auto gate =
        graph.add("Sigmoid", {build.linear(squeezed, below + "3.linear2", below + "3.linear2")}, below + "3.gate");
    const auto wide =
        graph.add("Unsqueeze", {gate, graph.constant(below + "3.axes", integers{2})}, below + "3.gate_of_channels");
    return graph.add("Add", {x, graph.add("Mul", {left, wide}, below + "3")}, name);
}

/// Some columns of a convolution of one position, so (outputs, inputs, 1).
float_tensor columns_of(const float_tensor& weight, std::int64_t begin, std::int64_t count) {
    float_tensor part{{weight.shape[0], count, 1}, {}};
    for (std::int64_t row = 0; row < weight.shape[0]; ++row) {
        const auto from = weight.values.begin() + row * weight.shape[1] + begin;
        part.values.insert(part.values.end(), from, from + count);
    }
    return part;
}

/// Attentive statistics: the definition joins x with its mean and deviation repeated over time, of which the latter's part of
/// the product is made once.
std::string attentive_statistics(onnx_layers& build, const std::string& x) {
    auto& graph = build.graph;
    const auto weight = build.tensor("pool.linear1.weight");
    const auto channels = weight.shape[1] / 3;
    const auto [mean, deviation] = build.statistics_over(x, 2);
    const auto context =
        graph.add("Concat", {mean, deviation}, "pool.context_of_utterance", {{"axis", std::int64_t(1)}});
    const auto constant = build.convolution(context, "pool.linear1.context", columns_of(weight, channels, 2 * channels),
                                            build.tensor("pool.linear1.bias").values, {});
    const auto changing = build.convolution(x, "pool.linear1.frames", columns_of(weight, 0, channels), {}, {});
    const auto hidden = graph.add("Tanh", {graph.add("Add", {changing, constant}, "pool.linear1")}, "pool.tanh");
    return build.attentive_statistics(x, build.convolution(hidden, "pool.linear2", {}));
}

void add_ecapa_tdnn(onnx_layers& build, const model_settings& model) {
    auto& graph = build.graph;
    auto x = graph.add("Transpose", {"feats"}, "bands_by_frames", {{"perm", integers{0, 2, 1}}});
    x = build.time_delay(x, "layer1.conv", "layer1.bn", {.kernel = 5});
    strings blocks;
    for (const std::int64_t number : {2, 3, 4}) {
        blocks.push_back(x = se_res2_block(build, x, "layer" + std::to_string(number), model, number));
    }
    const auto joined = graph.add("Concat", blocks, "blocks", {{"axis", std::int64_t(1)}});
    const auto aggregated = build.relu(build.convolution(joined, "conv", {}), "conv.relu");
    build.normalised_linear(attentive_statistics(build, aggregated), "bn", "linear", "embs");
}

void add_resnet34(onnx_layers& build) {
    auto& graph = build.graph;
    auto x = graph.add("Transpose", {"feats"}, "bands_by_frames", {{"perm", integers{0, 2, 1}}});
    x = graph.add("Unsqueeze", {x, graph.constant("channel_axis", integers{1})}, "image");
    x = build.relu(build.normalised_convolution(x, "conv1", "bn1", {.kernel = 3}), "relu");
    constexpr std::array<int, 4> depths = {3, 4, 6, 3};
    for (std::size_t stage = 0; stage < depths.size(); ++stage) {
        for (int i = 0; i < depths[stage]; ++i) {
            const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
            const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
            const auto inner = build.relu(
                build.normalised_convolution(x, name + ".conv1", name + ".bn1", {.kernel = 3, .stride = stride}),
                name + ".inner");
            const auto outer = build.normalised_convolution(inner, name + ".conv2", name + ".bn2", {.kernel = 3});
            const auto through = stride == 1 ? x
                                             : build.normalised_convolution(x, name + ".shortcut.0",
                                                                            name + ".shortcut.1", {.stride = stride});
            x = build.relu(graph.add("Add", {outer, through}, name + ".sum"), name);
        }
    }
    const auto [mean, deviation] = build.statistics_over(x, 3);
    const auto flat = [&](const std::string& values) {
        return graph.add("Flatten", {values}, values + ".flat", {{"axis", std::int64_t(1)}});
    };
    build.linear(graph.add("Concat", {flat(mean), flat(deviation)}, "statistics", {{"axis", std::int64_t(1)}}), "seg_1",
                 "embs");
}

} // namespace

void write_onnx_network(const std::filesystem::path& path, const trained_network& trained, onnx_batch_norm norms) {
    const auto& run = trained.run;
    const auto& model = run.all.model;
    onnx_layers build(*trained.network.embedder, norms);
    build.graph.input({"feats", {"B", "T", run.all.features.bands}});
    build.graph.output({"embs", {"B", model.embedding}});
    if (model.network == "resnet34") {
        add_resnet34(build);
    } else {
        add_ecapa_tdnn(build, model);
    }
    auto metadata = network_metadata(run);
    metadata["levels"] = nlohmann::json(run.normalization).dump();
    build.graph.write(path, model.network, metadata);
}

} // namespace speaker_verification
