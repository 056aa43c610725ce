#include "speaker_verification/training/checkpoints/training_progress.hpp"

#include "common/require.hpp"
#include "common/strict_json.hpp"
#include "common/visited_json.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

namespace speaker_verification {

namespace {

using examples::require;

const nlohmann::json& part_of(const nlohmann::json& progress, const char* name) {
    const auto found = progress.find(name);
    if (found == progress.end()) throw std::invalid_argument(std::string("it lacks '") + name + "'");
    return *found;
}

template <class Value>
Value value_in(const nlohmann::json& object, const char* name) {
    Value value{};
    if (examples::take_json_field(object, name, value)) return value;
    throw std::invalid_argument(std::string("'") + name + "' is missing or of another type");
}

template <class Value>
Value value_in(const nlohmann::json& object, const char* name, double low, double high) {
    const auto value = value_in<Value>(object, name);
    require(double(value) >= low && double(value) <= high, name, value,
            "must be in [" + nlohmann::json(low).dump() + ", " + nlohmann::json(high).dump() + "]");
    return value;
}

constexpr double largest = std::numeric_limits<double>::max();

void check_window(const training_window& window, std::int64_t step) {
    require(window.steps >= 0 && window.steps <= step, "steps of the window", window.steps, "must be steps done");
    require(window.loss >= 0, "loss of the window", window.loss, "must be at least 0");
    require(window.accuracy >= 0 && window.accuracy <= double(window.steps), "accuracy of the window", window.accuracy,
            "must be at most 1 a step");
}

void check_in_steps(const turnover_of_steps& in_steps, std::int64_t step) {
    require(in_steps.steps >= 0 && in_steps.steps <= step, "steps with births", in_steps.steps, "must be steps done");
    constexpr std::int64_t most = std::int64_t(1) << 62;
    require(in_steps.births >= 0 && in_steps.births < most, "births", in_steps.births, "must be a number of weights");
    require(in_steps.deaths >= 0 && in_steps.deaths < most, "deaths", in_steps.deaths, "must be a number of weights");
}

void check_selection(const gated_selection& selection, std::int64_t step) {
    const double accuracy = selection.best_accuracy();
    require(accuracy == -1 || (accuracy >= 0 && accuracy <= 1), "best_accuracy", accuracy, "must be -1 or in [0, 1]");
    require(selection.best_step() >= 0 && selection.best_step() <= step, "best_step", selection.best_step(),
            "must be a step done");
}

void check_plateau(const nlohmann::json& plateau, int patience) {
    value_in<double>(plateau, "factor", 0, 1);
    value_in<double>(plateau, "best", 0, largest);
    value_in<int>(plateau, "not_better", 0, patience);
}

/// Its settings are not the run's to choose, and its changes of sign lie in its window.
void check_guard(const nlohmann::json& guard, std::int64_t step) {
    const bregman::oscillation_guard_settings known;
    const bool same = value_in<double>(guard, "factor") == known.factor &&
                      value_in<double>(guard, "ignore") == known.ignore &&
                      value_in<std::int64_t>(guard, "window") == std::int64_t(known.window) &&
                      value_in<std::int64_t>(guard, "sign_changes") == std::int64_t(known.sign_changes);
    if (!same) throw std::invalid_argument("the oscillation guard has other settings than this program's");
    value_in<int>(guard, "last_sign", -1, 1);
    value_in<std::int64_t>(guard, "reductions", 0, double(step));
    const auto changes = value_in<std::vector<std::int64_t>>(guard, "changes");
    const bool in_order = std::is_sorted(changes.begin(), changes.end()) &&
                          (changes.empty() || (changes.front() >= 0 && changes.back() <= step)) &&
                          std::int64_t(changes.size()) < std::int64_t(known.sign_changes);
    if (!in_order) throw std::invalid_argument("'changes' of the oscillation guard are no steps of this run in order");
}

} // namespace

training_progress read_training_progress(const nlohmann::json& progress, const settings& all,
                                         const reduce_on_plateau& plateau, rate_guard& guard) {
    if (!progress.is_object()) throw std::invalid_argument("there is no progress in it");
    training_progress read{.clock = {},
                           .plateau = plateau,
                           .selection = gated_selection(all.monitoring.gate),
                           .window = {},
                           .in_steps = {},
                           .outcome = {}};
    examples::read_json(part_of(progress, "clock"), read.clock, "the clock");
    require(read.clock.step >= 0 && read.clock.step <= all.schedule.max_steps, "step", read.clock.step,
            "must be in [0, " + std::to_string(all.schedule.max_steps) + "], the run's length");
    require(read.clock.seconds >= 0 && read.clock.seconds <= 1e12, "seconds", read.clock.seconds,
            "must be at least 0 and a time that a run can take");
    const auto step = read.clock.step;
    examples::read_json(part_of(progress, "plateau"), read.plateau, "the plateau");
    check_plateau(part_of(progress, "plateau"), plateau.patience);
    examples::read_json(part_of(progress, "selection"), read.selection, "the selection");
    check_selection(read.selection, step);
    examples::read_json(part_of(progress, "window"), read.window, "the window");
    check_window(read.window, step);
    if (progress.contains("in_steps")) {
        examples::read_json(progress["in_steps"], read.in_steps, "births and deaths in steps");
        check_in_steps(read.in_steps, step);
    }
    read.outcome.lambda = value_in<double>(progress, "lambda", 0, std::numeric_limits<float>::max());
    read.outcome.sparsity = value_in<double>(progress, "sparsity", 0, 1);
    read.outcome.gradient_norm = value_in<double>(progress, "gradient_norm", 0, largest);
    read.refused = value_in<std::int64_t>(progress, "refused", 0, double(step));
    read.refused_in_a_row = value_in<std::int64_t>(progress, "refused_in_a_row", 0, double(read.refused));
    if (!all.sparsity.oscillation_guard) return read;
    read.guarded_factor = value_in<double>(progress, "guarded_rate", std::numeric_limits<double>::min(), 1);
    check_guard(part_of(progress, "guard"), step);
    examples::read_json(part_of(progress, "guard"), guard, "the guard");
    return read;
}

} // namespace speaker_verification
