#pragma once
#include "speaker_verification/training/loop/step_outcome.hpp"
#include "speaker_verification/training/loop/training_clock.hpp"
#include "speaker_verification/training/optimizers/support_turnover.hpp"
#include "speaker_verification/training/optimizers/weight_norms.hpp"
#include "speaker_verification/training/reports/step_log.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace speaker_verification {

struct validation_result {
    double accuracy = 0; ///< share of held-out crops whose nearest class is their own speaker, unwarped
    double loss = 0;     ///< cross-entropy without margin
};

/// Sums since the last line of the log. Part of the checkpoint, so that a resumed run logs the same averages.
struct training_window {
    double loss = 0, accuracy = 0;
    std::int64_t steps = 0;

    void add(double step_loss, double step_accuracy) {
        loss += step_loss;
        accuracy += step_accuracy;
        ++steps;
    }
    double mean_loss() const { return steps == 0 ? 0 : loss / double(steps); }
    double mean_accuracy() const { return steps == 0 ? 0 : accuracy / double(steps); }

    template <class Visitor>
    void visit(Visitor&& field) {
        field("loss", loss);
        field("accuracy", accuracy);
        field("steps", steps);
    }
};

/// Where the time of a training goes besides forward and backward, in all so far; only grows.
struct spent_seconds {
    double batches = 0;   ///< waited for them to be made
    double copies = 0;    ///< of batches to the device, on the host
    double optimizer = 0; ///< in its steps, on the host
    double waits = 0;     ///< for numbers that the device had yet to compute
};

/// Samples a second, and shares of time, between two lines of the log.
class speedometer {
  public:
    struct reading {
        double samples_per_second;
        double waited, copies, optimizer, waits; ///< shares of the time, as in spent_seconds
    };
    /// `steps` done since the last call. `on_device`: seconds of one step of the optimizer, where a device tells them; the
    /// share is then the device's.
    reading read(std::int64_t steps, std::int64_t batch_size, const spent_seconds& in_all,
                 std::optional<double> on_device = {});

  private:
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    spent_seconds spent_;
};

/// What a line of the log and the progress line tell of a step.
struct training_line {
    training_clock clock;
    training_window window;
    step_outcome outcome;
    weight_norms norms;                       ///< of the weights that may become sparse
    std::optional<support_turnover> turnover; ///< of these since the last line; nullopt in dense runs
    turnover_of_steps in_steps;               ///< of these since the last line, by the optimizer
    speedometer::reading speed;
    double margin, learning_rate;
    std::int64_t refused;
};

nlohmann::json json_of(const training_line& line, const settings& all);

/// "loss 3.210  accuracy .412  margin .100  lambda .940  s .9002 of .9  430 samples/s  waited 1 %  left 3 min
/// 05 s"
std::string text_of(const training_line& line, const settings& all);

} // namespace speaker_verification
