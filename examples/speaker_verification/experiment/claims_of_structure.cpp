// C9, C10: where the zeros are, and how large the weights become.
#include "speaker_verification/experiment/judging.hpp"
#include "speaker_verification/experiment/measures.hpp"
#include "speaker_verification/experiment/wording.hpp"

#include <algorithm>
#include <set>

namespace speaker_verification {

namespace {

constexpr double different_layers = .02;
constexpr double times_the_seeds = 2;

/// Mean distance between runs that differ in nothing but their seed; nullopt where every run has one seed.
std::optional<double> distance_between_seeds(const experiment_results& results, const char* variant) {
    double sum = 0;
    int count = 0;
    const auto runs = results.where({{}, {}, variant, {}});
    for (const auto* a : runs) {
        for (const auto* b : runs) {
            const bool twins = a->plan.network == b->plan.network && a->plan.optimizer == b->plan.optimizer &&
                               a->plan.target == b->plan.target && a->plan.fold == b->plan.fold;
            if (!twins || a->plan.seed >= b->plan.seed) continue;
            const auto distance = layer_distance(*a, *b);
            if (!distance) continue;
            sum += *distance;
            ++count;
        }
    }
    if (count == 0) return std::nullopt;
    return sum / count;
}

} // namespace

claim judge_layers(const experiment_results& results) {
    claim judged{"C9", "Layer by layer, the sparsity differs from that of gradual pruning"};
    judged.unit = "mean difference of a weight's layer sparsity";
    std::vector<double> distances;
    std::vector<run_pair> used;
    for (const auto& pair : results.pairs({{}, {}, variants::adaptive, {}}, {{}, "adamw", variants::gradual, {}})) {
        const auto distance = layer_distance(*pair.a, *pair.b);
        if (!distance) continue;
        distances.push_back(*distance);
        used.push_back(pair);
        judged.details[pair.a->plan.name] = *distance;
    }
    if (used.empty()) {
        judged.measured = nothing_measured;
        judged.reason = "there is no adaptive run with a gradually pruned one of the same network, target and seed";
        return judged;
    }
    note_evidence(judged, used);
    judged.number = mean_with_interval(distances);
    const auto seeds = distance_between_seeds(results, variants::adaptive);
    judged.measured = "layers differ by " + text_of(*judged.number, 1, 3) + " in sparsity over " +
                      counted(used.size(), "pair") +
                      (seeds ? formatted("; two seeds of one method by %.3f", *seeds) : std::string());
    const double least = std::max(different_layers, times_the_seeds * seeds.value_or(0));
    judge_over_seeds(judged, {least, least, false}, "the difference");
    return judged;
}

claim judge_norms(const experiment_results& results) {
    claim judged{"C10", "Norms stay moderate"};
    judged.unit = "times the dense network's l2 norm";
    double worst = 0;
    std::string where;
    std::size_t compared = 0;
    std::set<std::string> places;
    for (const auto& pair : results.pairs({{}, {}, variants::adaptive, {}}, {{}, "adamw", variants::dense, {}})) {
        const auto norm = largest(*pair.a, "l2_norm"), dense = last(*pair.b, "l2_norm");
        if (!norm || !dense || !(*dense > 0)) continue;
        ++compared;
        places.insert(pair.a->plan.network + pair.a->plan.optimizer);
        judged.details[pair.a->plan.name] = *norm / *dense;
        note_evidence(judged, std::vector<run_pair>{pair});
        if (*norm / *dense > worst) {
            worst = *norm / *dense;
            where = place_of(pair.a->plan);
        }
    }
    if (compared == 0) {
        judged.measured = nothing_measured;
        judged.reason = "there is no adaptive run with a dense one of the same network and seed, both with norms in "
                        "their logs";
        return judged;
    }
    judged.number = measured_mean{worst, {}, compared};
    judged.measured = formatted("largest l2 norm %.3g times that of the dense network (", worst) + where + "), " +
                      counted(compared, "run");
    if (worst >= explosion) {
        judged.decided = verdict::does_not_hold;
        judged.reason = "a run came to ten times the dense network's norm or more";
    } else if (places.size() < paper_networks.size() * paper_optimizers.size()) {
        judged.reason = "not every optimizer was run beside a dense network of both kinds";
    } else {
        judged.decided = verdict::holds;
        judged.reason = "no run came to ten times the dense network's norm";
    }
    return judged;
}

} // namespace speaker_verification
