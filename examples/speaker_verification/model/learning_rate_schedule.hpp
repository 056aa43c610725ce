#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace speaker_verification {

/// The rate at a step counted from 0. Functions of the step alone: there is no state to save.
using learning_rate_schedule = std::function<double(std::int64_t step)>;

/// Always `rate`.
struct constant_rate {
    double rate;
    double operator()(std::int64_t) const { return rate; }
};

/// rate (1 + cos(pi step / total_steps)) / 2: down to 0 at total_steps, and 0 after.
struct cosine_rate {
    double rate;
    std::int64_t total_steps;
    double operator()(std::int64_t step) const;
};

/// initial_rate exp(step/total_steps ln(final_rate/initial_rate)). WeSpeaker: .1 to 5e-5, times
/// R = world size * batch / 64.
struct exponential_rate {
    double initial_rate;
    double final_rate;
    std::int64_t total_steps;
    double operator()(std::int64_t step) const;
};

/// min(1, step / warm_up_steps) times `schedule`: linear from 0.
struct warmed_up_rate {
    learning_rate_schedule schedule;
    std::int64_t warm_up_steps;
    double operator()(std::int64_t step) const;
};

/// What a configuration file says of the rate.
struct learning_rate_options {
    std::string schedule = "cosine"; ///< "constant", "cosine" or "exponential"
    double rate = 1e-2;              ///< > 0
    double final_rate = 5e-5;        ///< > 0; used by "exponential" alone
    std::int64_t total_steps = 1;    ///< >= 1
    std::int64_t warm_up_steps = 0;  ///< >= 0
};

/// The schedule that `options` describe. Throws std::invalid_argument with name, value and range.
learning_rate_schedule make_learning_rate_schedule(const learning_rate_options& options);

/// Lowers the rate when a loss no longer falls: `factor()` multiplies the schedule's rate.
///
/// A loss counts as better when it is below best * (1 - threshold). After more than `patience` observations
/// in a row that are not better, the factor is multiplied by `reduction` and the count starts again. The
/// defaults are those of the paper's code.
struct reduce_on_plateau {
    double reduction = .25;  ///< in (0, 1)
    int patience = 2;        ///< >= 0
    double threshold = 1e-4; ///< in [0, 1)
    double smallest = 0;     ///< the factor never falls below, in [0, 1]

    /// Throws std::invalid_argument that names the setting out of its range.
    void check() const;

    /// Takes the loss of a validation (NaN counts as not better); true when it lowers the factor.
    bool observe(double loss);
    double factor() const { return factor_; }

    /// What a checkpoint must hold, see common/visited_json.hpp. The settings come from the configuration.
    template <class Visitor>
    void visit(Visitor&& field) {
        field("factor", factor_);
        field("best", best_);
        field("not_better", not_better_);
    }

  private:
    double factor_ = 1;
    double best_ = std::numeric_limits<double>::max();
    int not_better_ = 0;
};

} // namespace speaker_verification
