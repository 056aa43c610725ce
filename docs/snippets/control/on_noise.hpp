#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include <bregman/bregman.hpp>

/// The optimizer's settings and law on gradients that are uniform noise on [-1, 1]. The law goes behind one
/// type: the pages show many, and each would compile a step of its own.
template <class Optimizer>
auto after_noise(const Optimizer& optimizer, std::int64_t steps) {
    constexpr bool adaptive = std::is_same_v<std::remove_cvref_t<decltype(optimizer.get_direction())>, bregman::adam>;
    const bregman::any_law<float> law = optimizer.law();
    auto run = [&] {
        if constexpr (adaptive)
            return bregman::make_adabreg<float>(optimizer.get_settings(), law);
        else
            return bregman::make_linbreg<float>(optimizer.get_settings(), law);
    }();
    std::vector<float> theta(500), gradient(500);
    const bregman::counter_random random(1);
    std::uint64_t position = 0;
    for (std::int64_t k = 0; k < steps; ++k) {
        for (float& g : gradient) g = float(2 * random.uniform(position++) - 1);
        run.step(theta, gradient);
    }
    return run;
}

/// Whether the sparsity is then within this of the target.
template <class Optimizer>
bool reaches_target(const Optimizer& optimizer, std::int64_t steps, float tolerance) {
    const auto run = after_noise(optimizer, steps);
    const float error = run.sparsity() - run.target();
    return error <= tolerance && error >= -tolerance;
}
