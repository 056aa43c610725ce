// C4, C5: error rates against the oracle's fixed lambda, and out of distribution against the dense network.
#include "speaker_verification/experiment/judging.hpp"
#include "speaker_verification/experiment/wording.hpp"

namespace speaker_verification {

namespace {

constexpr double equal_within = 2; ///< points of EER

measured_mean in_points(const measured_mean& share) {
    measured_mean points{100 * share.mean, {}, share.count};
    if (share.range) points.range = interval{100 * share.range->low, 100 * share.range->high};
    return points;
}

/// Dense and pruned baselines have an optimizer of their own.
std::vector<run_pair> against_baseline(const experiment_results& results, const char* variant) {
    return results.pairs({{}, {}, variants::adaptive, {}}, {{}, "adamw", variant, {}});
}

void add_accuracy(claim& judged, const std::vector<run_pair>& pairs) {
    std::vector<double> differences;
    for (const auto& pair : pairs) {
        differences.push_back(100 * (pair.a->closed_set_accuracy() - pair.b->closed_set_accuracy()));
    }
    const auto mean = mean_with_interval(differences);
    judged.measured += "; closed-set accuracy, same pairs: " + text_of(mean, 1, 2) + " points";
    judged.details["closed_set_accuracy_points"] = mean.mean;
}

} // namespace

claim judge_final_eer(const experiment_results& results) {
    claim judged{"C4", "The final EER is equal to or better than the oracle's fixed lambda gives"};
    judged.unit = "points of EER";
    const auto [pairs, remark] = adaptive_and_oracle(results);
    const auto difference = results.eer_difference(pairs, results.headline_list);
    if (!difference) {
        judged.measured = nothing_measured + remark;
        judged.reason =
            "there is no adaptive run with a tuned fixed one of the same network, optimizer, target and seed, "
            "both scored on " +
            results.headline_list;
        return judged;
    }
    note_evidence(judged, pairs);
    judged.number = in_points(*difference);
    judged.measured = "EER on " + results.headline_list + ", adaptive minus fixed: " + text_of(*judged.number) +
                      " points over " + counted(difference->count, "pair");
    add_accuracy(judged, pairs);
    judged.measured += remark;
    for (const char* baseline : {variants::dense, variants::gradual}) {
        const auto other = results.eer_difference(against_baseline(results, baseline), results.headline_list);
        if (other) judged.details[std::string("minus_") + baseline + "_points"] = text_of(in_points(*other));
    }
    judge_over_seeds(judged, {equal_within, 0, true}, "the difference");
    return judged;
}

claim judge_out_of_distribution(const experiment_results& results) {
    claim judged{"C5", "Out of distribution, sparse training keeps its advantage over the dense network"};
    judged.unit = "points of EER";
    const auto pairs = against_baseline(results, variants::dense);
    std::vector<measured_mean> by_list;
    std::string sentence;
    for (const auto& list : results.out_of_distribution_lists) {
        const auto difference = results.eer_difference(pairs, list);
        if (!difference) continue;
        by_list.push_back(in_points(*difference));
        sentence += (sentence.empty() ? "" : "; ") + list + ": " + text_of(by_list.back()) + " points";
        judged.details[list] = text_of(by_list.back());
    }
    if (by_list.empty()) {
        judged.measured = nothing_measured;
        judged.reason = "there is no adaptive run with a dense one of the same network and seed, both scored on a list "
                        "out of distribution";
        return judged;
    }
    note_evidence(judged, pairs);
    judged.measured = "EER, adaptive minus dense, over " + counted(by_list.front().count, "pair") + ": " + sentence;
    // The list that says least for the claim decides: an advantage on one list only is none out of
    // distribution.
    judged.number = by_list.front();
    for (const auto& each : by_list) {
        const bool says_less = !each.range || !judged.number->range || each.range->high > judged.number->range->high;
        if (says_less) judged.number = each;
    }
    judge_over_seeds(judged, {0, 0, true}, "the difference on the list that says least for it");
    return judged;
}

} // namespace speaker_verification
