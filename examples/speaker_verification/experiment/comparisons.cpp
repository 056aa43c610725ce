#include "speaker_verification/experiment/comparisons.hpp"

#include "speaker_verification/experiment/judging.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace speaker_verification {

namespace {

bool is_of_the_paper(const std::string& optimizer) {
    return std::find(paper_optimizers.begin(), paper_optimizers.end(), optimizer) != paper_optimizers.end();
}

/// Optimizer and variant of everything that was trained on the network, in the order of the runs.
std::vector<std::pair<std::string, std::string>> methods_on(const experiment_results& results,
                                                            const std::string& network) {
    std::vector<std::pair<std::string, std::string>> methods;
    for (const auto& run : results.runs) {
        std::pair method(run.plan.optimizer, run.plan.variant);
        if (run.plan.network == network && std::find(methods.begin(), methods.end(), method) == methods.end())
            methods.push_back(std::move(method));
    }
    return methods;
}

std::set<std::int64_t> seeds_of(const std::vector<run_pair>& pairs) {
    std::set<std::int64_t> seeds;
    for (const auto& pair : pairs) seeds.insert(pair.a->plan.seed);
    return seeds;
}

/// For which side the difference speaks, adaptive minus other; `less_is_better` for error rates.
winner decided_by(const measured_mean& difference, bool less_is_better, std::size_t seeds) {
    if (seeds < 2 || !difference.range) return winner::nobody;
    if (difference.range->high < 0) return less_is_better ? winner::paper : winner::other;
    if (difference.range->low > 0) return less_is_better ? winner::other : winner::paper;
    return winner::nobody;
}

void measure(method_comparison& made, const experiment_results& results) {
    auto lists = results.out_of_distribution_lists;
    lists.push_back(results.headline_list);
    for (const auto& list : lists)
        if (const auto difference = results.eer_difference(made.pairs, list)) made.eer[list] = *difference;
    std::vector<double> accuracy;
    for (const auto& pair : made.pairs)
        accuracy.push_back(pair.a->closed_set_accuracy() - pair.b->closed_set_accuracy());
    made.accuracy = mean_with_interval(accuracy);
    const auto seeds = seeds_of(made.pairs).size();
    made.by_accuracy = decided_by(made.accuracy, false, seeds);
    if (const auto found = made.eer.find(results.headline_list); found != made.eer.end())
        made.by_eer = decided_by(found->second, true, seeds);
}

nlohmann::json json_of(const measured_mean& value) {
    return {{"mean", value.mean},
            {"low", value.range ? nlohmann::json(value.range->low) : nlohmann::json()},
            {"high", value.range ? nlohmann::json(value.range->high) : nlohmann::json()}};
}

} // namespace

const char* in_words(winner decided) {
    return decided == winner::paper ? "paper" : decided == winner::other ? "other" : "nobody";
}

std::vector<method_comparison> comparisons_of(const experiment_results& results) {
    std::vector<method_comparison> all;
    for (const auto& network : paper_networks) {
        const auto methods = methods_on(results, network);
        for (const auto& optimizer : paper_optimizers) {
            std::set<double> targets;
            for (const auto* run : results.where({network, optimizer, variants::adaptive, {}}))
                if (run->plan.target) targets.insert(*run->plan.target);
            for (const double target : targets) {
                for (const auto& [other_optimizer, other_variant] : methods) {
                    const bool same = other_optimizer == optimizer;
                    if (same ? other_variant == variants::adaptive : is_of_the_paper(other_optimizer)) continue;
                    method_comparison made{network, optimizer, target, other_optimizer, other_variant};
                    for (const auto& pair : results.pairs({network, optimizer, variants::adaptive, target},
                                                          {network, other_optimizer, other_variant, {}})) {
                        const bool equal = !pair.b->plan.target ||
                                           std::abs(pair.a->sparsity() - pair.b->sparsity()) <= target_tolerance;
                        if (equal)
                            made.pairs.push_back(pair);
                        else
                            ++made.left_out;
                    }
                    if (made.pairs.empty() && made.left_out == 0) continue;
                    if (!made.pairs.empty()) measure(made, results);
                    all.push_back(std::move(made));
                }
            }
        }
    }
    return all;
}

nlohmann::json json_of_comparisons(const std::vector<method_comparison>& comparisons) {
    auto all = nlohmann::json::array();
    for (const auto& each : comparisons) {
        auto eer = nlohmann::json::object();
        for (const auto& [list, difference] : each.eer) eer[list] = json_of(difference);
        all.push_back({{"network", each.network},
                       {"optimizer", each.optimizer},
                       {"target", each.target},
                       {"other", {{"optimizer", each.other_optimizer}, {"variant", each.other_variant}}},
                       {"pairs", each.pairs.size()},
                       {"left_out", each.left_out},
                       {"seeds", seeds_of(each.pairs).size()},
                       {"eer", eer},
                       {"accuracy", each.pairs.empty() ? nlohmann::json() : json_of(each.accuracy)},
                       {"eer_decides_for", in_words(each.by_eer)},
                       {"accuracy_decides_for", in_words(each.by_accuracy)}});
    }
    return all;
}

} // namespace speaker_verification
