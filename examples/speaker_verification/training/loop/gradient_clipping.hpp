#pragma once
#include <cmath>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// Norm of all gradients together; a parameter without one adds nothing.
inline double gradient_norm(const std::vector<torch::Tensor>& parameters) {
    double squares = 0;
    for (const auto& parameter : parameters) {
        if (!parameter.grad().defined()) continue;
        const double norm = parameter.grad().norm().item<double>();
        squares += norm * norm;
    }
    return std::sqrt(squares);
}

/// Scales all gradients so that their `norm` is at most `largest`; 0: never. Returns `norm`.
inline double clip_gradients(const std::vector<torch::Tensor>& parameters, double norm, double largest) {
    if (largest <= 0 || norm <= largest) return norm;
    for (const auto& parameter : parameters) {
        if (parameter.grad().defined()) parameter.grad().mul_(largest / norm);
    }
    return norm;
}

} // namespace speaker_verification
