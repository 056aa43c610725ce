#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

namespace speaker_verification {

/// Random numbers that are a function of (seed, step, sample, how many were drawn) alone: whoever prepares
/// sample 7 of step 1000, in which thread and after which resume, draws the same ones.
///
/// The generator is SplitMix64 (Steele, Lea, Flood 2014): a counter with an odd increment behind a mixing
/// function. Distributions are written out because those of <random> differ between standard libraries.
class counter_random {
  public:
    counter_random(std::uint64_t seed, std::uint64_t step, std::uint64_t sample)
        : counter_(mixed(mixed(mixed(seed + increment) + step + increment) + sample + increment)) {}

    std::uint64_t bits() { return mixed(counter_ += increment); }

    /// In [0, 1), 53 bits.
    double uniform() { return double(bits() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }

    /// In {0, ..., count - 1}. The bias is below count / 2^53.
    std::uint64_t below(std::uint64_t count) { return std::uint64_t(uniform() * double(count)); }

    bool happens(double probability) { return uniform() < probability; }

    /// Standard normal, by Box and Muller; one of the pair is dropped so that every draw costs two counts.
    double normal() {
        const double radius = std::sqrt(-2 * std::log1p(-uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }

  private:
    static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15;

    static std::uint64_t mixed(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::uint64_t counter_;
};

} // namespace speaker_verification
