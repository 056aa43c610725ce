#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Samples -16384..16383 of the linear congruential generator that the golden values are stated for:
/// s <- (1103515245 s + 12345) & 0x7fffffff, out = (s >> 16) - 16384.
inline std::vector<float> congruential_samples(std::size_t count, std::uint32_t seed) {
    std::vector<float> samples;
    std::uint32_t state = seed;
    for (std::size_t i = 0; i < count; ++i) {
        state = (1103515245u * state + 12345u) & 0x7fffffffu;
        samples.push_back(static_cast<float>(static_cast<int>(state >> 16) - 16384));
    }
    return samples;
}
