#pragma once

#include <bregman/base/random.hpp>
#include <bregman/operators/composed.hpp>
#include <bregman/operators/diagonal.hpp>
#include <bregman/operators/fourier.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace examples {

using complex_vector = bregman::dense_vector<std::complex<double>>;

/// Frequency of position i of n, from -n/2.
inline double frequency(Eigen::Index i, Eigen::Index n) { return double((i + n / 2) % n) - double(n / 2); }

/// The positions that a scanner measures: `count` of side * side, drawn with a density that falls with the frequency.
inline std::vector<bregman::index_t> variable_density(Eigen::Index side, Eigen::Index count, std::uint64_t seed) {
    const bregman::counter_random random(seed, 51);
    std::vector<std::pair<double, bregman::index_t>> draws;
    for (Eigen::Index i = 0; i < side * side; ++i) {
        const double radius = std::hypot(frequency(i % side, side), frequency(i / side, side)) / (double(side) / 2);
        const double weight = std::pow(1.02 - std::min(radius, 1.0), 2) + 0.02;
        draws.emplace_back(-std::log(1 - random.uniform(std::uint64_t(i))) / weight, i); // Efraimidis and Spirakis 2006
    }
    std::nth_element(draws.begin(), draws.begin() + count, draws.end());
    std::vector<bregman::index_t> kept;
    for (Eigen::Index i = 0; i < count; ++i) kept.push_back(draws[std::size_t(i)].second);
    std::sort(kept.begin(), kept.end());
    return kept;
}

/// The sensitivity of a coil: modulus 1 and a phase that varies over the image.
inline complex_vector coil_phase(Eigen::Index side) {
    complex_vector phase(side * side);
    for (Eigen::Index i = 0; i < side * side; ++i) {
        const double x = double(i % side) / double(side) - 0.5, y = double(i / side) / double(side) - 0.5;
        phase[i] = std::polar(1.0, 2 * x + 3 * y + 4 * x * y);
    }
    return phase;
}

/// Writes an image (column-major) as BART's pair of files, <stem>.hdr and <stem>.cfl.
inline void write_cfl(const std::filesystem::path& stem, Eigen::Index side, const complex_vector& image) {
    std::filesystem::create_directories(stem.parent_path());
    std::ofstream(stem.string() + ".hdr") << "# Dimensions\n" << side << ' ' << side << "\n";
    const Eigen::VectorXcf values = image.cast<std::complex<float>>();
    std::ofstream(stem.string() + ".cfl", std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               std::streamsize(values.size()) * std::streamsize(sizeof(values[0])));
}

/// Fourier samples on the grid as BART has them: frequency 0 in the middle, signs of a transform around the middle.
inline complex_vector centred(Eigen::Index side, const std::vector<bregman::index_t>& kept,
                              const complex_vector& samples) {
    complex_vector grid = complex_vector::Zero(side * side);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const Eigen::Index k = kept[i] % side, l = kept[i] / side;
        grid[(k + side / 2) % side + (l + side / 2) % side * side] =
            ((k + l) % 2 == 0 ? 1.0 : -1.0) * samples[Eigen::Index(i)];
    }
    return grid;
}

} // namespace examples
