#pragma once

#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace speaker_verification {

/// How well a list of trials is told apart. Rates are shares: .15 is 15 %.
struct verification_report {
    double eer = 0;
    double eer_low = 0,
           eer_high = 0;    ///< 90 % interval by bootstrap over speakers, unless options say otherwise
    double min_dcf_001 = 0; ///< target prior .01
    double min_dcf_005 = 0; ///< target prior .05
    std::int64_t targets = 0, nontargets = 0;

    template <class Visitor>
    void visit(Visitor&& field) {
        field("eer", eer);
        field("eer_low", eer_low);
        field("eer_high", eer_high);
        field("min_dcf_001", min_dcf_001);
        field("min_dcf_005", min_dcf_005);
        field("targets", targets);
        field("nontargets", nontargets);
    }
};

/// Throws std::invalid_argument for trials without target or non-target and for scores that are not finite.
verification_report make_report(std::span<const speaker_trial> trials, const bootstrap_options& options = {});

/// The report's fields under their own names, rates as shares.
nlohmann::json json_of_report(const verification_report& report);

/// "EER 12.345 % (10.1 to 14.9), minDCF .567 (p .01) .456 (p .05), 480 target and 4320 non-target trials"
std::string describe(const verification_report& report);

} // namespace speaker_verification
