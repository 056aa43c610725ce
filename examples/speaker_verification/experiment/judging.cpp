#include "speaker_verification/experiment/judging.hpp"

#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace speaker_verification {

std::string place_of(const planned_run& run) {
    return run.optimizer + (run.target ? " at " + shortest_text(*run.target) : "") + " on " + run.network;
}

void note_evidence(claim& judged, const std::vector<const run_record*>& runs) {
    judged.evidence.insert(judged.evidence.end(), runs.begin(), runs.end());
}

void note_evidence(claim& judged, const std::vector<run_pair>& pairs) {
    for (const auto& pair : pairs) note_evidence(judged, std::vector<const run_record*>{pair.a, pair.b});
}

std::optional<double> oracle_lambda(const experiment_results& results, const std::string& network,
                                    const std::string& optimizer, double target) {
    for (const auto& outcome : results.oracles) {
        const auto& asked = outcome.asked;
        const bool fits = asked.base.network == network && asked.base.optimizer == optimizer &&
                          std::count(asked.targets.begin(), asked.targets.end(), target) > 0;
        if (!fits) continue;
        const auto lambda = outcome.lambda_for(target);
        // A search that ended before it came near says nothing about the target.
        if (lambda && std::abs(outcome.known.at(*lambda) - target) <= target_tolerance) return lambda;
    }
    return std::nullopt;
}

oracle_pairs adaptive_and_oracle(const experiment_results& results) {
    oracle_pairs found;
    std::set<std::string> left_out;
    std::set<const run_record*> counted;
    double off = 0;
    for (const auto& pair : results.pairs({{}, {}, variants::adaptive, {}}, {{}, {}, variants::fixed, {}})) {
        const auto& plan = pair.b->plan;
        const bool tuned = !plan.oracle_lambda || oracle_lambda(results, plan.network, plan.optimizer, *plan.target);
        if (!tuned) {
            left_out.insert(place_of(plan));
            continue;
        }
        found.pairs.push_back(pair);
        if (counted.insert(pair.b).second) off += std::abs(pair.b->sparsity() - *plan.target);
    }
    if (!counted.empty()) {
        found.remark =
            formatted("; the fixed runs end %.4f from their targets on average", off / double(counted.size()));
    }
    std::string names;
    for (const auto& name : left_out) names += (names.empty() ? "" : ", ") + name;
    if (!names.empty()) {
        found.remark +=
            formatted("; left out, since the search ended more than %g off the target: ", target_tolerance) + names;
    }
    return found;
}

void judge_by_interval(claim& judged, const bound& asked, const std::string& difference) {
    const auto& number = judged.number.value();
    if (!number.range) {
        judged.reason = difference + " is known from one pair only, which gives no interval: run more seeds";
        return;
    }
    const double sign = asked.below ? 1 : -1;
    const double nearer = asked.below ? number.range->low : -number.range->high;
    const double farther = asked.below ? number.range->high : -number.range->low;
    const char* interval = "the 90 % interval of ";
    if (farther <= sign * asked.holds) {
        judged.decided = verdict::holds;
        judged.reason = interval + difference + " lies " + (asked.below ? "below " : "above ") +
                        shortest_text(asked.holds) + " " + judged.unit;
    } else if (nearer > sign * asked.fails) {
        judged.decided = verdict::does_not_hold;
        judged.reason = interval + difference + " lies " + (asked.below ? "above " : "below ") +
                        shortest_text(asked.fails) + " " + judged.unit;
    } else {
        judged.reason = interval + difference + " holds both answers: run more seeds, or for longer";
    }
}

void judge_over_seeds(claim& judged, const bound& asked, const std::string& difference) {
    std::set<std::int64_t> seeds;
    for (const auto* run : judged.evidence) seeds.insert(run->plan.seed);
    if (seeds.size() < 2) {
        judged.reason = "all runs have one seed, and another may give another answer: run more seeds";
        return;
    }
    judge_by_interval(judged, asked, difference);
}

void join_parts(claim& judged, const std::vector<claim_part>& parts) {
    std::string failed, open, all;
    for (const auto& part : parts) {
        const auto sentence = part.name + ": " + part.found;
        all += (all.empty() ? "" : "; ") + sentence;
        if (part.decided == verdict::does_not_hold) failed += (failed.empty() ? "" : "; ") + part.name;
        if (part.decided == verdict::not_decided) open += (open.empty() ? "" : "; ") + part.name;
        judged.details[part.name] = {{"verdict", in_words(part.decided)}, {"found", part.found}};
    }
    judged.measured = all;
    if (!failed.empty()) {
        judged.decided = verdict::does_not_hold;
        judged.reason = "it fails in: " + failed;
    } else if (!open.empty()) {
        judged.reason = "still open: " + open;
    } else {
        judged.decided = verdict::holds;
        judged.reason = "every part holds";
    }
}

} // namespace speaker_verification
