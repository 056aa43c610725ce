#pragma once

#include <cstdint>

#include <bregman/base/portability.hpp>

namespace bregman {

/// Random numbers by position instead of by sequence: the value at (seed, stream, position) is the same
/// whoever asks for it, in any order, on any number of threads. The generator is splitmix64 (Steele, Lea,
/// Flood 2014), keyed by running its finaliser over seed and stream.
struct counter_random {
    std::uint64_t key = 0;

    BREGMAN_HOST_DEVICE constexpr counter_random(std::uint64_t seed, std::uint64_t stream = 0)
        : key(mix(mix(seed + golden) ^ (stream * golden + 1))) {}

    /// 64 random bits.
    BREGMAN_HOST_DEVICE constexpr std::uint64_t bits(std::uint64_t position) const {
        return mix(key + golden * (position + 1));
    }
    /// Uniform on [0, 1), 53 bits.
    BREGMAN_HOST_DEVICE constexpr double uniform(std::uint64_t position) const {
        return double(bits(position) >> 11) * 0x1p-53;
    }

  private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

    BREGMAN_HOST_DEVICE static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
};

} // namespace bregman
