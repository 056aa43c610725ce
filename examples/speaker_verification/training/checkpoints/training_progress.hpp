#pragma once
#include "speaker_verification/model/learning_rate_schedule.hpp"
#include "speaker_verification/training/loop/selection.hpp"
#include "speaker_verification/training/loop/step_outcome.hpp"
#include "speaker_verification/training/loop/training_clock.hpp"
#include "speaker_verification/training/reports/training_report.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/observers/oscillation_guard.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace speaker_verification {

/// What the oscillation guard makes smaller: a factor of the schedule's rate.
struct guarded_rate {
    double factor = 1;

    double step_size() const { return factor; }
    void set_step_size(double smaller) { factor = smaller; }
};

using rate_guard = bregman::oscillation_guard<guarded_rate>;

/// Where a training stands, as a checkpoint's `progress` tells it.
struct training_progress {
    training_clock clock;
    reduce_on_plateau plateau;
    gated_selection selection{0};
    training_window window;
    turnover_of_steps in_steps; ///< as the window; nothing where the checkpoint is of before there were these
    step_outcome outcome;       ///< of the last step that was not refused
    double guarded_factor = 1;
    std::int64_t refused = 0, refused_in_a_row = 0;
};

/// The values in `progress`, each looked at as if a person had typed it. `guard` is filled where the settings have it,
/// and stays as it was when this throws. `plateau` gives the settings of the schedule.
///
/// Throws std::invalid_argument with one sentence for a field that is missing, of another type or out of its range.
training_progress read_training_progress(const nlohmann::json& progress, const settings& all,
                                         const reduce_on_plateau& plateau, rate_guard& guard);

} // namespace speaker_verification
