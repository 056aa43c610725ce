#pragma once
/// The schedules of learning rate and margin that settings ask for.
#include "speaker_verification/model/learning_rate_schedule.hpp"
#include "speaker_verification/model/margin_schedule.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cmath>
#include <cstdint>

namespace speaker_verification {

inline std::int64_t step_at(double share, const schedule_settings& length) {
    return std::llround(share * double(length.max_steps));
}

inline learning_rate_schedule make_rate(const settings& all) {
    learning_rate_options options;
    // A plateau scales a constant rate; what lowers it is reduce_on_plateau.
    options.schedule = all.schedule.schedule == "plateau" ? "constant" : all.schedule.schedule;
    options.rate = all.optimizer.learning_rate;
    options.final_rate = all.schedule.final_rate;
    options.total_steps = all.schedule.max_steps;
    options.warm_up_steps = step_at(all.schedule.warm_up, all.schedule);
    return make_learning_rate_schedule(options);
}

inline margin_schedule make_margin(const settings& all) {
    margin_schedule margin;
    margin.start_step = step_at(all.loss.margin_start, all.schedule);
    margin.full_step = step_at(all.loss.margin_full, all.schedule);
    margin.final_margin = all.loss.margin;
    margin.check();
    return margin;
}

inline reduce_on_plateau make_plateau(const schedule_settings& schedule) {
    reduce_on_plateau plateau;
    if (schedule.schedule != "plateau") return plateau;
    plateau.reduction = schedule.plateau_factor;
    plateau.patience = int(schedule.plateau_patience);
    plateau.check();
    return plateau;
}

} // namespace speaker_verification
