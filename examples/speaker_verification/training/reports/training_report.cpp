#include "speaker_verification/training/reports/training_report.hpp"

#include "common/progress.hpp"

#include <algorithm>
#include <cstdio>

namespace speaker_verification {

namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

} // namespace

speedometer::reading speedometer::read(std::int64_t steps, std::int64_t batch_size, const spent_seconds& in_all,
                                       std::optional<double> on_device) {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::max(1e-9, std::chrono::duration<double>(now - since_).count());
    const auto share = [&](double spent_seconds::*part) { return (in_all.*part - spent_.*part) / seconds; };
    reading result{double(steps * batch_size) / seconds, share(&spent_seconds::batches), share(&spent_seconds::copies),
                   share(&spent_seconds::optimizer), share(&spent_seconds::waits)};
    if (on_device) result.optimizer = *on_device * double(steps) / seconds;
    since_ = now;
    spent_ = in_all;
    return result;
}

nlohmann::json json_of(const training_line& line, const settings& all) {
    nlohmann::json object{{"step", line.clock.step},
                          {"seconds", line.clock.seconds},
                          {"loss", line.window.mean_loss()},
                          {"accuracy", line.window.mean_accuracy()},
                          {"margin", line.margin},
                          {"learning_rate", line.learning_rate},
                          {"gradient_norm", line.outcome.gradient_norm},
                          {"sparsity", line.outcome.sparsity},
                          {"l1_norm", line.norms.l1},
                          {"l2_norm", line.norms.l2},
                          {"samples_per_second", line.speed.samples_per_second},
                          {"waited", line.speed.waited},
                          {"copies", line.speed.copies},
                          {"optimizer", line.speed.optimizer},
                          {"waits", line.speed.waits},
                          {"refused", line.refused}};
    if (line.turnover) {
        object["births"] = line.turnover->births;
        object["deaths"] = line.turnover->deaths;
        object["survivors"] = line.turnover->survivors;
    }
    // A step that nobody has counted would be missing from the sums.
    if (line.in_steps.steps > 0 && line.in_steps.steps == line.window.steps) {
        object["births_in_steps"] = line.in_steps.births;
        object["deaths_in_steps"] = line.in_steps.deaths;
    }
    if (is_sparse(all)) object["lambda"] = line.outcome.lambda;
    if (has_target(all)) object["target"] = all.sparsity.target;
    return object;
}

std::string text_of(const training_line& line, const settings& all) {
    std::string text = formatted("loss %.3f  accuracy %.3f  margin %.3f", line.window.mean_loss(),
                                 line.window.mean_accuracy(), line.margin);
    if (is_sparse(all)) text += formatted("  lambda %.4g", line.outcome.lambda);
    if (has_target(all)) text += formatted("  s %.4f of %.4g", line.outcome.sparsity, all.sparsity.target);
    text += formatted("  %.0f samples/s  waited %.0f %%", line.speed.samples_per_second, 100 * line.speed.waited);
    const double share = line.clock.share(all.schedule);
    if (share > 0) text += "  left " + examples::spell_duration(line.clock.seconds * (1 - share) / share);
    return text;
}

} // namespace speaker_verification
