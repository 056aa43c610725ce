#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <bregman/base/random.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman::testing {

/// The normal number at a position (Box and Muller).
inline double normal_at(const counter_random& random, std::uint64_t position) {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform(2 * position)));
    return radius * std::cos(6.283185307179586 * random.uniform(2 * position + 1));
}

/// n normal numbers, the same for the same seed.
template <class T>
std::vector<T> normal_values(index_t n, std::uint64_t seed, double deviation = 1) {
    const counter_random random(seed);
    std::vector<T> values;
    for (index_t i = 0; i < n; ++i) values.push_back(T(deviation * normal_at(random, std::uint64_t(i))));
    return values;
}

/// Elements that are not zero, by a pass of its own.
template <class Container>
index_t count_nonzeros(const Container& values) {
    index_t nonzeros = 0;
    for (index_t i = 0; i < index_t(values.size()); ++i) nonzeros += values[i] != 0;
    return nonzeros;
}

} // namespace bregman::testing
