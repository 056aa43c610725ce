#include "speaker_verification/scoring/report.hpp"

#include "common/visited_json.hpp"
#include "speaker_verification/scoring/error_rates.hpp"

#include <cstdio>
#include <vector>

namespace speaker_verification {

verification_report make_report(std::span<const speaker_trial> trials, const bootstrap_options& options) {
    verification_report report;
    std::vector<scored_trial> scored;
    for (const auto& trial : trials) {
        scored.push_back({trial.score, trial.target()});
        ++(trial.target() ? report.targets : report.nontargets);
    }
    const auto curve = make_error_curve(scored);
    const auto sure = bootstrap_equal_error_rate(trials, options);
    report.eer = equal_error_rate(curve);
    report.eer_low = sure.low;
    report.eer_high = sure.high;
    report.min_dcf_001 = minimum_detection_cost(curve, .01);
    report.min_dcf_005 = minimum_detection_cost(curve, .05);
    return report;
}

nlohmann::json json_of_report(const verification_report& report) { return examples::json_of(report); }

std::string describe(const verification_report& report) {
    char text[256];
    std::snprintf(text, sizeof text,
                  "EER %.3f %% (%.1f to %.1f), minDCF %.3f (p .01) %.3f (p .05), "
                  "%lld target and %lld non-target trials",
                  100 * report.eer, 100 * report.eer_low, 100 * report.eer_high, report.min_dcf_001, report.min_dcf_005,
                  static_cast<long long>(report.targets), static_cast<long long>(report.nontargets));
    return text;
}

} // namespace speaker_verification
