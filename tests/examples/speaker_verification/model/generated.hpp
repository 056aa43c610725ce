#pragma once

#include "speaker_verification/model/state_dict.hpp"

#include <cmath>
#include <cstdint>
#include <torch/torch.h>
#include <vector>

/// The references' generator: s <- (1103515245 s + 12345) mod 2^31, out = ((s >> 16) - 16384) / 16384.
inline torch::Tensor generated(std::uint32_t seed, std::vector<std::int64_t> shape) {
    auto tensor = torch::empty(shape, torch::kFloat64);
    std::uint32_t state = seed;
    auto* values = tensor.data_ptr<double>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
        state = (1103515245u * state + 12345u) & 0x7fffffffu;
        values[i] = (double(state >> 16) - 16384) / 16384;
    }
    return tensor;
}

/// Fills the k-th tensor of the state dict from seed k, as the golden values were made.
inline void fill_as_in_the_references(torch::nn::Module& module) {
    torch::NoGradGuard no_gradient;
    std::uint32_t seed = 0;
    for (auto& [name, tensor] : speaker_verification::state_dict(module)) {
        const auto ends_with = [&name = name](const std::string& end) {
            return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
        };
        if (ends_with("num_batches_tracked")) continue;
        auto values = generated(++seed, tensor.sizes().vec());
        if (ends_with("running_var")) {
            values = 1 + .5 * values;
        } else if (ends_with("running_mean") || ends_with("bias")) {
            values = .1 * values;
        } else if (tensor.dim() == 1) {
            values = 1 + .25 * values;
        } else {
            values = values * std::sqrt(3.0 / double(tensor.numel() / tensor.size(0)));
        }
        tensor.copy_(values);
    }
}
