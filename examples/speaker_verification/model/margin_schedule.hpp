#pragma once

#include <cstdint>

namespace speaker_verification {

/// The margin of AAM-softmax over training: 0 before `start_step`, then
/// m = final_margin (1 - exp(p ln(1e-3 / (1 + 1e-6)))) with p growing from 0 to 1 until `full_step`, then
/// final_margin. WeSpeaker's recipes: 19 to 39 of 150 epochs; the paper's code: over 10 to 13 % of the
/// epochs. A function of the step alone: there is no state to save.
struct margin_schedule {
    std::int64_t start_step = 0;
    std::int64_t full_step = 0; ///< >= start_step; equal: the margin jumps
    double final_margin = .2;   ///< radians, in [0, pi/2]

    /// Throws std::invalid_argument that names the value out of its range.
    void check() const;

    double operator()(std::int64_t step) const;
};

} // namespace speaker_verification
