#include "speaker_verification/model/margin_schedule.hpp"

#include "common/require.hpp"

#include <cmath>

namespace speaker_verification {

void margin_schedule::check() const {
    examples::require(start_step >= 0, "start_step", start_step, "must be at least 0");
    examples::require(full_step >= start_step, "full_step", full_step, "must be at least start_step");
    examples::require(final_margin >= 0 && final_margin <= 1.57, "final_margin", final_margin,
                      "must be in [0, 1.57] radians");
}

double margin_schedule::operator()(std::int64_t step) const {
    if (step >= full_step) return final_margin;
    if (step < start_step) return 0;
    const double progress = double(step - start_step) / double(full_step - start_step);
    // WeSpeaker's constant: the ramp ends at 99.9 % of the margin.
    return final_margin * (1 - std::exp(progress * std::log(1e-3 / (1 + 1e-6))));
}

} // namespace speaker_verification
