#pragma once

#include <cstdint>
#include <vector>

#include "support/values.hpp"

namespace bregman::testing {

/// deviation times the normal numbers from a position on. Tens of millions are drawn, hence compiled with optimisation.
void fill_with_noise(std::vector<float>& values, const counter_random& random, std::uint64_t first, float deviation);

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
        fill_with_noise(g, random, std::uint64_t(method.steps()) * theta.size(), deviation);
        return method.step(theta, g).sparsity;
    }
};

} // namespace bregman::testing
