#include "speaker_verification/model/learning_rate_schedule.hpp"

#include "common/require.hpp"

#include <algorithm>
#include <cmath>

namespace speaker_verification {

double cosine_rate::operator()(std::int64_t step) const {
    const double progress = std::clamp(double(step) / double(total_steps), 0.0, 1.0);
    return rate * (1 + std::cos(progress * 3.14159265358979323846)) / 2;
}

double exponential_rate::operator()(std::int64_t step) const {
    const double progress = std::clamp(double(step) / double(total_steps), 0.0, 1.0);
    return initial_rate * std::exp(progress * std::log(final_rate / initial_rate));
}

double warmed_up_rate::operator()(std::int64_t step) const {
    const double share = step < warm_up_steps ? double(step) / double(warm_up_steps) : 1;
    return share * schedule(step);
}

learning_rate_schedule make_learning_rate_schedule(const learning_rate_options& options) {
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    examples::require(positive(options.rate), "rate", options.rate, "must be positive and finite");
    examples::require(positive(options.final_rate), "final_rate", options.final_rate, "must be positive and finite");
    examples::require(options.total_steps >= 1, "total_steps", options.total_steps, "must be at least 1");
    examples::require(options.warm_up_steps >= 0, "warm_up_steps", options.warm_up_steps, "must be at least 0");

    learning_rate_schedule schedule;
    if (options.schedule == "constant") schedule = constant_rate{options.rate};
    if (options.schedule == "cosine") schedule = cosine_rate{options.rate, options.total_steps};
    if (options.schedule == "exponential") {
        schedule = exponential_rate{options.rate, options.final_rate, options.total_steps};
    }
    examples::require(bool(schedule), "schedule", options.schedule,
                      "must be \"constant\", \"cosine\" or \"exponential\"");
    if (options.warm_up_steps == 0) return schedule;
    return warmed_up_rate{std::move(schedule), options.warm_up_steps};
}

void reduce_on_plateau::check() const {
    examples::require(reduction > 0 && reduction < 1, "reduction", reduction, "must be in (0, 1)");
    examples::require(patience >= 0, "patience", patience, "must be at least 0");
    examples::require(threshold >= 0 && threshold < 1, "threshold", threshold, "must be in [0, 1)");
    examples::require(smallest >= 0 && smallest <= 1, "smallest", smallest, "must be in [0, 1]");
}

bool reduce_on_plateau::observe(double loss) {
    if (loss < best_ * (1 - threshold)) {
        best_ = loss;
        not_better_ = 0;
        return false;
    }
    if (++not_better_ <= patience) return false;
    not_better_ = 0;
    const double before = factor_;
    factor_ = std::max(factor_ * reduction, smallest);
    return factor_ < before;
}

} // namespace speaker_verification
