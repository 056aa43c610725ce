#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <torch/torch.h>

#include <bregman/torch/parameter_group.hpp>

#include "support/values.hpp"

/// \file
/// A few LibTorch parameters with gradients, for the tests of the adapter.

namespace bregman::testing {

using torch::Tensor;
namespace adapter = bregman::libtorch;

/// A parameter of this shape with reproducible values and a gradient.
inline Tensor parameter(std::vector<std::int64_t> shape, std::uint64_t seed, bool with_gradient = true) {
    Tensor t = torch::empty(shape);
    const auto values = normal_values<float>(t.numel(), seed);
    std::copy(values.begin(), values.end(), t.data_ptr<float>());
    t.set_requires_grad(true);
    if (with_gradient) {
        Tensor g = torch::empty(shape);
        const auto slopes = normal_values<float>(t.numel(), seed + 1000);
        std::copy(slopes.begin(), slopes.end(), g.data_ptr<float>());
        t.mutable_grad() = g;
    }
    return t;
}

inline std::vector<float> values_of(const Tensor& t) {
    const Tensor flat = t.detach().cpu().contiguous();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// Kernels, rows, single weights and biases: every regularizer at once.
struct model {
    Tensor convolution, linear, weights, bias;

    model()
        : convolution(parameter({8, 6, 5}, 1)), linear(parameter({12, 20}, 2)), weights(parameter({31}, 3)),
          bias(parameter({12}, 4)) {}

    std::vector<adapter::parameter_group<>> groups() const {
        return {{"convolution", group_kernels{}, 1, true, {convolution}},
                {"linear", group_rows{}, 0.5, true, {linear}},
                {"weights", l1{}, 1, true, {weights}},
                {"bias", none{}, 1, false, {bias}}};
    }
    std::vector<Tensor> tensors() const { return {convolution, linear, weights, bias}; }
    /// Parameters of their own on a device, with gradients.
    model on(const torch::Device& device) const {
        model moved = *this;
        for (Tensor* t : {&moved.convolution, &moved.linear, &moved.weights, &moved.bias}) {
            const Tensor gradient = t->grad().to(device);
            *t = t->detach().clone().to(device).set_requires_grad(true);
            t->mutable_grad() = gradient;
        }
        return moved;
    }
    std::vector<float> all() const {
        std::vector<float> values;
        for (const Tensor& t : tensors()) {
            const auto part = values_of(t);
            values.insert(values.end(), part.begin(), part.end());
        }
        return values;
    }
};

template <class Method>
std::string saved(const Method& method) {
    std::ostringstream out;
    method.save_state(out);
    return out.str();
}

} // namespace bregman::testing
