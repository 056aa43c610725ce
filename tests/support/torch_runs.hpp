#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <bregman/torch/torch_optimizer.hpp>

#include "support/torch_model.hpp"

/// \file
/// Runs of the LibTorch adapter that are made on a GPU and, by another compiler, on the CPU. No backend here,
/// so that nvcc and the host compiler both read it.

namespace bregman::testing {

/// What a run leaves: all parameters one after the other, and the optimizer's state as it is saved.
struct torch_result {
    std::vector<float> values;
    std::string state;
    double sparsity = 0;
};

/// So many steps of the optimizer from the beginning, or from where another run ended.
template <class Optimizer>
torch_result run_torch(const torch::Device& device, int steps, const torch_result& from) {
    const model m = model().on(device);
    Optimizer method(m.groups(), {.lambda = 0.3f, .target = 0.7f, .clip_norm = 5});
    if (!from.state.empty()) {
        const torch::NoGradGuard no_gradients;
        const Tensor values = torch::tensor(from.values);
        std::int64_t first = 0;
        for (Tensor& t : m.tensors()) {
            t.copy_(values.slice(0, first, first + t.numel()).view(t.sizes()));
            first += t.numel();
        }
        std::istringstream in(from.state);
        method.load_state(in);
    }
    for (int k = 0; k < steps; ++k) method.step();
    return {m.all(), saved(method), double(method.last().sparsity)};
}

/// AdaBreg on Eigen, compiled by the host compiler.
torch_result run_torch_on_cpu(int steps, const torch_result& from = {});

} // namespace bregman::testing
