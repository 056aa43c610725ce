#include "teaching/compare_laws/verdict.hpp"

#include "teaching/compare_laws/measures.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace compare_laws {

verdict::verdict(const law_run& run, double target, std::int64_t size, std::int64_t hold) {
    const double finest = 1.5 / double(size);
    const auto steps = std::int64_t(run.sparsity.size());
    to_1_percent = steps_to_within(run.sparsity, target, std::max(0.01, finest), hold);
    to_01_percent = steps_to_within(run.sparsity, target, std::max(0.001, finest), hold);
    overshoots = sign_changes(run.sparsity, target, std::max(0.002, finest), steps / 2);
    steady_error = compare_laws::steady_error(run.sparsity, target);
    if (!to_1_percent || *to_1_percent > std::max<std::int64_t>(1, steps / 10)) fail("1 %");
    if (!to_01_percent || *to_01_percent > std::max<std::int64_t>(1, steps / 2)) fail("0.1 %");
    if (overshoots > 2) fail("rings");
    if (steady_error > std::max(0.001, finest)) fail("steady error");
}

void verdict::fail(const char* what) { failed += (failed.empty() ? "" : ", ") + std::string(what); }

nlohmann::json verdict::json() const {
    const auto step = [](const auto& reached) { return reached ? nlohmann::json(*reached) : nlohmann::json(); };
    return {{"to_1_percent", step(to_1_percent)},
            {"to_01_percent", step(to_01_percent)},
            {"overshoots", overshoots},
            {"steady_error", steady_error},
            {"verdict", failed.empty() ? "holds" : "fails: " + failed}};
}

nlohmann::json judged_run::json() const {
    nlohmann::json row = {{"problem", problem}, {"optimizer", optimizer}, {"law", law},
                          {"lambda0", lambda0}, {"target", target},       {"seed", seed}};
    row.update(judged.json());
    row["quality"] = std::isfinite(quality) ? nlohmann::json(quality) : nlohmann::json();
    return row;
}

namespace {

/// Of the runs of a law, of accuracies or of log10 of relative errors.
struct spread {
    double mean, deviation, steady_error;
};
spread spread_of(const std::vector<judged_run>& runs, const std::string& law, bool accuracy) {
    double count = 0, sum = 0, squares = 0, steady = 0;
    for (const judged_run& run : runs) {
        if (run.law != law) continue;
        const double x = accuracy ? run.quality : -std::log10(std::max(run.quality, 1e-3));
        ++count, sum += x, squares += x * x, steady += run.judged.steady_error;
    }
    const double mean = sum / count;
    return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean)), steady / count};
}

} // namespace

void judge_quality(std::vector<judged_run>& runs, bool larger_is_better, std::int64_t samples) {
    std::map<std::string, spread> of_law;
    for (const judged_run& run : runs)
        if (std::isfinite(run.quality)) of_law.try_emplace(run.law, spread_of(runs, run.law, larger_is_better));
    const spread* best = nullptr;
    for (const auto& [law, seen] : of_law)
        if (seen.steady_error <= 0.01 && (!best || seen.mean > best->mean)) best = &seen;
    if (!best) return;
    for (judged_run& run : runs) {
        const auto seen = of_law.find(run.law);
        if (seen == of_law.end()) continue;
        const double p = best->mean;
        const double chance =
            larger_is_better ? 2 * std::sqrt(2 * std::max(0.0, p * (1 - p)) / double(samples)) : std::log10(3.0);
        const double noise =
            std::max(chance, larger_is_better ? 2 * std::max(best->deviation, seen->second.deviation) : 0);
        if (seen->second.mean < best->mean - noise) run.judged.fail("quality");
    }
}

} // namespace compare_laws
