// C6, C7: what happens to v when lambda changes.
#include "speaker_verification/experiment/judging.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>
#include <cmath>

namespace speaker_verification {

namespace {

constexpr double share_of_cap = .99;
constexpr double lowest_high_target = .95;

std::vector<run_pair> against_adaptive(const experiment_results& results, const char* rule,
                                       const std::string& optimizer) {
    return results.pairs({{}, optimizer, rule, {}}, {{}, {}, variants::adaptive, {}});
}

/// Geometric mean of a quantity of the variant over that of the adaptive run; nullopt without any.
template <class Quantity>
std::optional<double> mean_ratio(const std::vector<run_pair>& pairs, Quantity&& quantity) {
    double sum = 0;
    int count = 0;
    for (const auto& pair : pairs) {
        const std::optional<double> a = quantity(*pair.a), b = quantity(*pair.b);
        if (!a || !b || !(*a > 0) || !(*b > 0)) continue;
        sum += std::log(*a / *b);
        ++count;
    }
    if (count == 0) return std::nullopt;
    return std::exp(sum / count);
}

claim_part norm_part(const experiment_results& results, const std::string& optimizer, bool explodes, claim& judged) {
    claim_part part{optimizer + "'s norm " + (explodes ? "explodes" : "shrinks"), verdict::not_decided, {}};
    const auto pairs = against_adaptive(results, "prox_rescaled", optimizer);
    note_evidence(judged, pairs);
    const auto ratio = mean_ratio(
        pairs, [&](const run_record& run) { return explodes ? largest(run, "l2_norm") : last(run, "l2_norm"); });
    if (!ratio) {
        part.found = "no run of the variant prox_rescaled beside an adaptive one with norms in its log";
        return part;
    }
    part.found = formatted("l2 norm %.3g times the adaptive one's, ", *ratio) + counted(pairs.size(), "pair");
    const bool as_claimed = explodes ? *ratio >= explosion : *ratio < 1;
    part.decided = as_claimed ? verdict::holds : verdict::does_not_hold;
    return part;
}

claim_part clip_part_of_linbreg(const experiment_results& results, claim& judged) {
    claim_part part{"ratio_with_clip, linbreg's lambda ends higher", verdict::not_decided, {}};
    const auto pairs = against_adaptive(results, "ratio_with_clip", "linbreg");
    note_evidence(judged, pairs);
    const auto ratio = mean_ratio(pairs, [](const run_record& run) { return run.lambda(); });
    if (!ratio) {
        part.found = "no such run beside an adaptive one";
        return part;
    }
    part.found = formatted("%.3g times the adaptive one's, ", *ratio) + counted(pairs.size(), "pair");
    part.decided = *ratio > 1 ? verdict::holds : verdict::does_not_hold;
    return part;
}

claim_part clip_part_of_adabreg(const experiment_results& results, claim& judged) {
    claim_part part{
        "ratio_with_clip, adabreg's lambda runs to its cap and misses high targets", verdict::not_decided, {}};
    std::size_t high = 0, as_claimed = 0;
    double most = 0;
    for (const auto* run : results.where({{}, "adabreg", "ratio_with_clip", {}})) {
        if (run->plan.target.value() < lowest_high_target) continue;
        ++high;
        const double cap = run->plan.all.sparsity.lambda_max;
        const double reached = largest(*run, "lambda").value_or(run->lambda().value_or(0)) / cap;
        const bool missed = std::abs(run->sparsity() - *run->plan.target) > target_tolerance;
        as_claimed += reached >= share_of_cap && missed ? 1 : 0;
        most = std::max(most, reached);
        note_evidence(judged, std::vector<const run_record*>{run});
    }
    if (high == 0) {
        part.found = "no such run with a target of .95 or more";
        return part;
    }
    part.found = std::to_string(as_claimed) + " of " + counted(high, "run") +
                 formatted(" did; lambda came to %.3g of its cap at most", most);
    part.decided = as_claimed > 0 ? verdict::holds : verdict::does_not_hold;
    return part;
}

claim_part predictive_part(const experiment_results& results, claim& judged) {
    claim_part part{"predictive reaches its targets", verdict::not_decided, {}};
    const auto runs = results.where({{}, {}, "predictive", {}});
    note_evidence(judged, runs);
    if (runs.empty()) {
        part.found = "no such run";
        return part;
    }
    double worst = 0;
    for (const auto* run : runs) worst = std::max(worst, std::abs(run->sparsity() - run->plan.target.value()));
    part.found = formatted("largest |s - s*| %.4f, ", worst) + counted(runs.size(), "run");
    part.decided = worst <= target_tolerance ? verdict::holds : verdict::does_not_hold;
    return part;
}

} // namespace

claim judge_prox_rescaled(const experiment_results& results) {
    claim judged{"C6", "With theta = prox(v) / lambda, LinBreg's norm explodes and AdaBreg's shrinks"};
    join_parts(judged, {norm_part(results, "linbreg", true, judged), norm_part(results, "adabreg", false, judged)});
    return judged;
}

claim judge_ratio_rules(const experiment_results& results) {
    claim judged{"C7",
                 "With the ratio rule and clip, LinBreg's lambda ends somewhat higher while AdaBreg's runs to its "
                 "cap and misses high targets; the predictive rule reaches targets"};
    join_parts(judged, {clip_part_of_linbreg(results, judged), clip_part_of_adabreg(results, judged),
                        predictive_part(results, judged)});
    return judged;
}

} // namespace speaker_verification
