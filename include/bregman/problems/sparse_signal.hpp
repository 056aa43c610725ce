#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/base/random.hpp>

namespace bregman {

/// N(0, 1) by position (Box and Muller): the same seed, stream and position give the same number everywhere.
struct normal_source {
    counter_random random; ///< a function of seed and position
    /// The i-th number.
    double operator()(Eigen::Index i) const {
        const double radius = std::sqrt(-2 * std::log1p(-random.uniform(2 * std::uint64_t(i))));
        return radius * std::cos(2 * 3.14159265358979323846 * random.uniform(2 * std::uint64_t(i) + 1));
    }
};

/// n numbers of which `nonzeros`, at random places, are N(0, 1). Streams 1 (values) and 2 (places) of seed.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, 1> sparse_signal(Eigen::Index n, Eigen::Index nonzeros, std::uint64_t seed) {
    require(n >= 1, "unknowns n", n, ">= 1", "400 is a start");
    require(nonzeros >= 0 && nonzeros <= n, "nonzeros", nonzeros, "[0, n]", "choose fewer than the unknowns");
    const normal_source values{counter_random(seed, 1)};
    const counter_random places(seed, 2);
    Eigen::Matrix<T, Eigen::Dynamic, 1> signal = Eigen::Matrix<T, Eigen::Dynamic, 1>::Zero(n);
    // Floyd's choice of distinct places: each position of the last `nonzeros` draws once.
    for (Eigen::Index k = n - nonzeros; k < n; ++k) {
        Eigen::Index place = Eigen::Index(places.bits(std::uint64_t(k)) % std::uint64_t(k + 1));
        if (signal[place] != 0) place = k;
        signal[place] = T(values(k));
    }
    return signal;
}

/// `count` distinct positions of [0, n), ascending: Floyd's choice from stream 4 of seed.
inline std::vector<std::ptrdiff_t> random_positions(std::ptrdiff_t n, std::ptrdiff_t count, std::uint64_t seed) {
    require(count >= 0 && count <= n, "positions", count, "[0, n]", "choose fewer than there are");
    const counter_random random(seed, 4);
    std::vector<bool> chosen(static_cast<std::size_t>(n));
    for (std::ptrdiff_t k = n - count; k < n; ++k) {
        const auto place = std::size_t(random.bits(std::uint64_t(k)) % std::uint64_t(k + 1));
        chosen[chosen[place] ? std::size_t(k) : place] = true;
    }
    std::vector<std::ptrdiff_t> positions;
    for (std::size_t i = 0; i < chosen.size(); ++i)
        if (chosen[i]) positions.push_back(std::ptrdiff_t(i));
    return positions;
}

/// b += N(0, noise^2) per element, from stream 3 of seed.
template <class T>
void add_noise(Eigen::Matrix<T, Eigen::Dynamic, 1>& b, T noise, std::uint64_t seed) {
    require(noise >= 0, "noise", noise, ">= 0", "it is the standard deviation per measurement");
    const normal_source errors{counter_random(seed, 3)};
    for (Eigen::Index i = 0; i < b.size(); ++i) b[i] += noise * T(errors(i));
}

/// The standard deviation of noise at which a signal b has `decibels` of signal-to-noise ratio,
/// 20 log10(||b|| / ||noise||).
template <class T>
T noise_at(const Eigen::Matrix<T, Eigen::Dynamic, 1>& b, T decibels) {
    require(b.size() >= 1, "size of b", b.size(), ">= 1", "there must be a measurement");
    return b.norm() / std::sqrt(T(b.size())) * std::pow(T(10), -decibels / 20);
}

} // namespace bregman
