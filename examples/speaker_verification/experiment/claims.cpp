#include "speaker_verification/experiment/claims.hpp"

#include <algorithm>
#include <set>

namespace speaker_verification {

namespace {

nlohmann::json number_json(const claim& each) {
    if (!each.number) return nullptr;
    const auto& range = each.number->range;
    return {{"mean", each.number->mean},
            {"interval", range ? nlohmann::json{range->low, range->high} : nlohmann::json()},
            {"confidence", .9},
            {"count", each.number->count},
            {"unit", each.unit}};
}

nlohmann::json sizes_json(const claim& each) {
    std::set<std::string> networks;
    std::set<std::int64_t> parameters, steps;
    for (const auto* run : each.evidence) {
        networks.insert(run->plan.network);
        parameters.insert(run->score.at("network").value("parameters", std::int64_t{0}));
        steps.insert(run->steps());
    }
    return {{"runs", each.evidence.size()}, {"networks", networks}, {"parameters", parameters}, {"steps", steps}};
}

} // namespace

const char* in_words(verdict decided) {
    return decided == verdict::holds ? "holds" : decided == verdict::does_not_hold ? "does not hold" : "not decided";
}

std::vector<claim> judge_claims(const experiment_results& results) {
    std::vector<claim> claims;
    for (const auto judge :
         {judge_targets, judge_lambda_ratio, judge_early_convergence, judge_final_eer, judge_out_of_distribution,
          judge_prox_rescaled, judge_ratio_rules, judge_oscillation, judge_layers, judge_norms}) {
        auto judged = judge(results);
        auto& runs = judged.evidence;
        std::sort(runs.begin(), runs.end());
        runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
        claims.push_back(std::move(judged));
    }
    return claims;
}

nlohmann::json json_of_claims(const std::vector<claim>& claims) {
    auto all = nlohmann::json::array();
    for (const auto& each : claims) {
        std::set<std::int64_t> seeds;
        for (const auto* run : each.evidence) seeds.insert(run->plan.seed);
        all.push_back({{"id", each.id},
                       {"statement", each.statement},
                       {"verdict", in_words(each.decided)},
                       {"reason", each.reason},
                       {"measured", each.measured},
                       {"number", number_json(each)},
                       {"sizes", sizes_json(each)},
                       {"seeds", seeds},
                       {"details", each.details}});
    }
    return all;
}

} // namespace speaker_verification
