#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace speaker_verification {

/// A scored trial with the speakers of its two sides; equal speakers make it a target trial.
struct speaker_trial {
    std::string enrolled_speaker;
    std::string test_speaker;
    double score;

    bool target() const { return enrolled_speaker == test_speaker; }
};

struct bootstrap_options {
    int resamples = 1000;   ///< >= 1
    double confidence = .9; ///< in (0, 1)
    std::uint64_t seed = 1; ///< same seed, same interval, on every machine
};

struct interval {
    double low;
    double high;
};

/// How sure an EER is with the speakers at hand: the speakers, not the trials, are drawn anew with
/// replacement, since trials that share a speaker are not independent. A trial counts with the product of its
/// speakers' multiplicities, a target trial with its speaker's multiplicity. Returns the percentiles (1 -+
/// confidence)/2 of the EER over the resamples; those without any target or non-target trial are drawn again.
///
/// Throws std::invalid_argument for settings out of range, for trials without target or non-target, and for
/// scores that are not finite.
///
/// Several networks of one configuration, differences of two, rotations and other figures:
/// seed_bootstrap.hpp.
interval bootstrap_equal_error_rate(std::span<const speaker_trial> trials, const bootstrap_options& options = {});

} // namespace speaker_verification
