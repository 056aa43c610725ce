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

/// The lambda of a search that ended within `target_tolerance` of the target; nullopt where none did.
std::optional<double> oracle_lambda(const experiment_results& results, const std::string& network,
                                    const std::string& optimizer, double target);

/// Adaptive runs, each beside the one whose lambda stayed where an oracle put it.
struct oracle_pairs {
    std::vector<run_pair> pairs; ///< without those whose search ended off the target: no oracle tuned them
    std::string remark;          ///< where the fixed runs ended, and what was left out; begins with "; "
};
oracle_pairs adaptive_and_oracle(const experiment_results& results);

/// The claim that a number is at most `holds`, or at least.
struct bound {
    double holds, fails;
    bool below = true;
};

/// Holds when the number's whole interval is on the right side of `holds`, fails when it is beyond `fails`;
/// otherwise, and without an interval, not decided. `number` names it in the reason.
void judge_by_interval(claim& judged, const bound& asked, const std::string& number);

/// The same for means over trained networks: all of one seed leave the claim not decided, since their
/// interval does not know what another seed would give.
void judge_over_seeds(claim& judged, const bound& asked, const std::string& number);

/// A claim in parts: any that fails fails the whole, all that hold make it hold.
struct claim_part {
    std::string name;
    verdict decided = verdict::not_decided;
    std::string found; ///< what was measured, or what is missing
};
void join_parts(claim& judged, const std::vector<claim_part>& parts);

} // namespace speaker_verification
