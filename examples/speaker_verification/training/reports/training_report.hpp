#pragma once
#include "speaker_verification/training/loop/step_outcome.hpp"
#include "speaker_verification/training/loop/training_clock.hpp"
#include "speaker_verification/training/optimizers/weight_norms.hpp"
#include "speaker_verification/training/reports/step_log.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <chrono>
#include <cstdint>
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

/// Samples a second and the share of time that training waited for batches, between two lines of the log.
class speedometer {
  public:
    struct reading {
        double samples_per_second, waited;
    };
    /// `samples` done and seconds waited since the last call; `waited_in_all` only grows.
    reading read(std::int64_t samples, double waited_in_all);

  private:
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    double waited_ = 0;
};

/// What a line of the log and the progress line tell of a step.
struct training_line {
    training_clock clock;
    training_window window;
    step_outcome outcome;
    weight_norms norms; ///< of the weights that may become sparse
    speedometer::reading speed;
    double margin, learning_rate;
    std::int64_t refused;
};

nlohmann::json json_of(const training_line& line, const settings& all);

/// "loss 3.210  accuracy .412  margin .100  lambda .940  s .9002 of .9  430 samples/s  waited 1 %  left 3 min
/// 05 s"
std::string text_of(const training_line& line, const settings& all);

} // namespace speaker_verification
