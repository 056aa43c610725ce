#pragma once
/// Parts that several claims are judged with.
#include "speaker_verification/experiment/claims.hpp"

namespace speaker_verification {

inline constexpr double target_tolerance = .01; ///< |s - target| of a target that is reached
inline constexpr double explosion = 10;         ///< growth of a norm that counts as one
inline constexpr const char* nothing_measured = "nothing was measured";

/// "adabreg at .9 on resnet34", for sentences.
std::string place_of(const planned_run& run);

void note_evidence(claim& judged, const std::vector<const run_record*>& runs);
void note_evidence(claim& judged, const std::vector<run_pair>& pairs);

/// Claims that a number lies below (or above) a bound: holds when its whole interval does, fails when the
/// whole interval lies beyond `fails_from`; otherwise, and without an interval, not decided. `difference`
/// names the number in the reason.
struct bound {
    double holds, fails;
    bool below = true; ///< the claim is that the number is at most `holds`; else at least
};
void judge_by_interval(claim& judged, const bound& asked, const std::string& difference);

/// A claim in parts: any that fails fails the whole, all that hold make it hold.
struct claim_part {
    std::string name;
    verdict decided = verdict::not_decided;
    std::string found; ///< what was measured, or what is missing
};
void join_parts(claim& judged, const std::vector<claim_part>& parts);

} // namespace speaker_verification
