#include "speaker_verification/deployment/onnx_layers.hpp"

#include "speaker_verification/model/state_dict.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace speaker_verification {

namespace {

using floats = std::vector<float>;
using integers = std::vector<std::int64_t>;

constexpr float norm_epsilon = 1e-5f;  // LibTorch's default, as folded_batch_norm has it
constexpr std::int64_t float_type = 1; // TensorProto.FLOAT

} // namespace

onnx_layers::onnx_layers(const speaker_embedder& network, onnx_batch_norm norms) : norms_(norms) {
    for (const auto& [name, tensor] : state_dict(network)) {
        if (!tensor.is_floating_point()) continue; // counters of batches
        const auto flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
        const auto* values = flat.data_ptr<float>();
        state_[name] = {flat.sizes().vec(), floats(values, values + flat.numel())};
    }
}

std::string onnx_layers::convolution(const std::string& x, const std::string& layer, window size) {
    return convolution(x, layer, tensor(layer + ".weight"), bias_of(layer), size);
}

std::string onnx_layers::convolution(const std::string& x, const std::string& layer, const float_tensor& weight,
                                     const floats& bias, window size) {
    std::vector<std::string> inputs{x, graph.constant(layer + ".weight", weight.shape, weight.values)};
    if (!bias.empty()) inputs.push_back(graph.constant(layer + ".bias", {std::int64_t(bias.size())}, bias));
    const auto directions = weight.shape.size() - 2;
    return graph.add("Conv", inputs, layer,
                     {{"kernel_shape", integers(directions, size.kernel)},
                      {"strides", integers(directions, size.stride)},
                      {"dilations", integers(directions, size.dilation)},
                      {"pads", integers(2 * directions, size.kernel / 2 * size.dilation)}});
}

std::string onnx_layers::normalised_convolution(const std::string& x, const std::string& layer, const std::string& norm,
                                                window size) {
    if (norms_ == onnx_batch_norm::kept) return batch_norm(convolution(x, layer, size), norm);
    const auto end = folded(norm);
    return scaled_convolution(x, layer, tensor(layer + ".weight"), bias_of(layer), end.scale, end.shift, size);
}

std::string onnx_layers::time_delay(const std::string& x, const std::string& layer, const std::string& norm,
                                    window size) {
    if (norms_ == onnx_batch_norm::kept) return batch_norm(relu(convolution(x, layer, size), layer + ".relu"), norm);
    const auto end = folded(norm);
    return scaled_relu(x, layer, norm, tensor(layer + ".weight"), bias_of(layer), end.scale, end.shift, size);
}

std::string onnx_layers::scaled_relu(const std::string& x, const std::string& layer, const std::string& norm,
                                     float_tensor weight, const floats& bias, const floats& scale, const floats& shift,
                                     window size) {
    const integers shape{std::int64_t(shift.size()), 1}; // channels x any number of frames
    constexpr float largest = std::numeric_limits<float>::max();
    floats least(shift.size(), -largest), most(shift.size(), largest);
    bool any_negative = false;
    for (std::size_t c = 0; c < shift.size(); ++c) {
        const bool negative = scale[c] < 0;
        (negative ? most : least)[c] = shift[c];
        any_negative = any_negative || negative;
    }
    const auto scaled = scaled_convolution(x, layer, std::move(weight), bias, scale, shift, size);
    const auto bounded = graph.add("Max", {scaled, graph.constant(norm + ".least", shape, least)}, norm);
    if (!any_negative) return bounded; // as training leaves nearly all
    return graph.add("Min", {bounded, graph.constant(norm + ".most", shape, most)}, norm + ".bounded");
}

std::string onnx_layers::linear(const std::string& x, const std::string& layer, const std::string& result) {
    return linear(x, layer, tensor(layer + ".weight"), tensor(layer + ".bias").values, result);
}

std::string onnx_layers::linear(const std::string& x, const std::string& layer, const float_tensor& weight,
                                const floats& bias, const std::string& result) {
    const auto w = graph.constant(layer + ".weight", weight.shape, weight.values);
    const auto b = graph.constant(layer + ".bias", {std::int64_t(bias.size())}, bias);
    return graph.add("Gemm", {x, w, b}, result, {{"transB", std::int64_t(1)}});
}

std::string onnx_layers::normalised_linear(const std::string& x, const std::string& norm, const std::string& layer,
                                           const std::string& result) {
    if (norms_ == onnx_batch_norm::kept) return linear(batch_norm(x, norm), layer, result);
    const auto start = folded(norm);
    auto weight = tensor(layer + ".weight");
    auto bias = tensor(layer + ".bias").values;
    const auto columns = start.scale.size();
    for (std::size_t r = 0; r < bias.size(); ++r) {
        double sum = double(bias[r]);
        for (std::size_t c = 0; c < columns; ++c) {
            auto& each = weight.values[r * columns + c];
            sum += double(each) * double(start.shift[c]);
            each *= start.scale[c];
        }
        bias[r] = float(sum);
    }
    return linear(x, layer, weight, bias, result);
}

std::string onnx_layers::batch_norm(const std::string& x, const std::string& layer) {
    std::vector<std::string> inputs{x};
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
        const auto& each = tensor(layer + part);
        inputs.push_back(graph.constant(layer + part, each.shape, each.values));
    }
    return graph.add("BatchNormalization", inputs, layer, {{"epsilon", norm_epsilon}});
}

onnx_layers::folded_norm onnx_layers::folded(const std::string& norm) const {
    return {tensor(norm + ".weight").values, tensor(norm + ".bias").values, tensor(norm + ".running_mean").values,
            tensor(norm + ".running_var").values};
}

floats onnx_layers::bias_of(const std::string& layer) const {
    const auto bias = state_.find(layer + ".bias");
    return bias == state_.end() ? floats() : bias->second.values;
}

std::string onnx_layers::scaled_convolution(const std::string& x, const std::string& layer, float_tensor weight,
                                            const floats& bias, const floats& scale, const floats& shift, window size) {
    auto sum = shift;
    const auto columns = weight.values.size() / sum.size();
    for (std::size_t r = 0; r < sum.size(); ++r) {
        if (!bias.empty()) sum[r] += bias[r] * scale[r];
        for (std::size_t c = 0; c < columns; ++c) weight.values[r * columns + c] *= scale[r];
    }
    return convolution(x, layer, weight, sum, size);
}

onnx_layers::statistics onnx_layers::statistics_over(const std::string& x, std::int64_t time) {
    const std::vector<onnx_attribute> over{{"axes", integers{time}}, {"keepdims", std::int64_t(1)}};
    const auto mean = graph.add("ReduceMean", {x}, x + ".mean", over);
    const auto centred = graph.add("Sub", {x, mean}, x + ".centred");
    const auto squares = graph.add("ReduceSumSquare", {centred}, x + ".squares", over);

    const auto shape = graph.add("Shape", {x}, x + ".shape");
    const auto frames = graph.add("Gather", {shape, graph.constant(x + ".time", integers{time})}, x + ".frames");
    const auto others = graph.add("Sub", {frames, graph.constant(x + ".one", integers{1})}, x + ".frames_less_one");
    const auto divisor = graph.add("Cast", {others}, x + ".divisor", {{"to", float_type}});

    const auto variance = graph.add("Div", {squares, divisor}, x + ".variance");
    const auto floor = graph.constant(x + ".floor", {1}, std::array{deviation_floor});
    const auto raised = graph.add("Add", {variance, floor}, x + ".raised");
    return {mean, graph.add("Sqrt", {raised}, x + ".deviation")};
}

std::string onnx_layers::attentive_statistics(const std::string& x, const std::string& scores) {
    const auto attention = graph.add("Softmax", {scores}, "pool.attention", {{"axis", std::int64_t(2)}});
    const auto over_time = graph.constant("pool.axes", integers{2});
    const auto sum = [&](const std::string& values, const std::string& result) {
        return graph.add("ReduceSum", {values, over_time}, result, {{"keepdims", std::int64_t(0)}});
    };
    const auto weighted = graph.add("Mul", {attention, x}, "pool.weighted");
    const auto centre = sum(weighted, "pool.mean");
    const auto squares = sum(graph.add("Mul", {weighted, x}, "pool.weighted_squares"), "pool.square");
    const auto variance =
        graph.add("Sub", {squares, graph.add("Mul", {centre, centre}, "pool.squared_mean")}, "pool.variance");
    const auto floor = graph.constant("pool.floor", {1}, std::array{deviation_floor});
    const auto spread = graph.add("Sqrt", {graph.add("Max", {variance, floor}, "pool.raised")}, "pool.deviation");
    return graph.add("Concat", {centre, spread}, "pool", {{"axis", std::int64_t(1)}});
}

} // namespace speaker_verification
