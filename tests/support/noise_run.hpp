#pragma once

#include <cstdint>
#include <vector>

#include "support/values.hpp"

namespace bregman::testing {

/// Gradients that are nothing but noise: v is a random walk, and the law has to keep up with it.
template <class Method>
struct noise_run {
    Method& method;
    std::vector<float> theta;
    counter_random random;
    float deviation;

    /// One step; returns the sparsity after it.
    double operator()() {
        std::vector<float> g(theta.size());
        const auto first = std::uint64_t(method.steps()) * theta.size();
        for (std::size_t i = 0; i < g.size(); ++i) g[i] = deviation * float(normal_at(random, first + i));
        return method.step(theta, g).sparsity;
    }
};

} // namespace bregman::testing
