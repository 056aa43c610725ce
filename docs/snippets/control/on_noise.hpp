#pragma once

#include <cstdint>
#include <vector>

#include <bregman/random.hpp>

/// Steps on gradients that are uniform noise on [-1, 1]; returns theta.
template <class Optimizer>
std::vector<float> on_noise(Optimizer& optimizer, std::int64_t steps) {
    std::vector<float> theta(500), gradient(500);
    const bregman::counter_random random(1);
    std::uint64_t position = 0;
    for (std::int64_t k = 0; k < steps; ++k) {
        for (float& g : gradient) g = float(2 * random.uniform(position++) - 1);
        optimizer.step(theta, gradient);
    }
    return theta;
}

/// Whether the sparsity is within this of the target.
template <class Optimizer>
bool holds_target(const Optimizer& optimizer, float tolerance) {
    const float error = optimizer.sparsity() - optimizer.target();
    return error <= tolerance && error >= -tolerance;
}
