#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <algorithm>
#include <cstdint>

namespace speaker_verification {

/// How far a run is, by steps and, where it has a time budget, by seconds.
///
/// Schedules are functions of a step in [0, max_steps]. With a budget they see the step at which a run of the
/// full length would stand at the larger of both shares, so that a slower machine finishes the same curve.
struct training_clock {
    std::int64_t step = 0; ///< done
    double seconds = 0;    ///< spent in training, over all resumes

    std::int64_t scheduled_step(const schedule_settings& length) const {
        if (length.max_seconds <= 0) return step;
        const double by_time = double(length.max_steps) * std::min(1.0, seconds / length.max_seconds);
        return std::max(step, std::int64_t(by_time));
    }

    double share(const schedule_settings& length) const {
        return double(scheduled_step(length)) / double(length.max_steps);
    }

    bool finished(const schedule_settings& length) const { return scheduled_step(length) >= length.max_steps; }

    template <class Visitor>
    void visit(Visitor&& field) {
        field("step", step);
        field("seconds", seconds);
    }
};

} // namespace speaker_verification
