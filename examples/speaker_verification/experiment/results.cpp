#include "speaker_verification/experiment/results.hpp"

#include <algorithm>
#include <map>

namespace speaker_verification {

const std::vector<std::string> paper_networks = {"ecapa_tdnn", "resnet34"};
const std::vector<std::string> paper_optimizers = {"adabreg", "linbreg"};
const std::vector<double> paper_targets = {.75, .9, .95, .99};

namespace {

/// Enough for the ends of a 90 % interval to a tenth of its width; the pairs of a large grid are many.
constexpr bootstrap_options resampling{.resamples = 400};

bool is_partner(const run_record& a, const run_record& b, const run_filter& asked) {
    const bool same_place =
        a.plan.network == b.plan.network && a.plan.seed == b.plan.seed && a.plan.fold == b.plan.fold;
    const bool same_optimizer = asked.optimizer || a.plan.optimizer == b.plan.optimizer;
    const bool same_target = asked.target || !b.plan.target || a.plan.target == b.plan.target;
    return same_place && same_optimizer && same_target;
}

/// Runs, or pairs of them, that are folds of one replicate: all but the fold is the same.
template <class Element, class Plan>
std::vector<std::vector<Element>> by_replicate(const std::vector<Element>& all, Plan&& plan_of) {
    std::vector<std::vector<Element>> groups;
    std::map<std::string, std::size_t> places;
    for (const auto& each : all) {
        planned_run plan = plan_of(each);
        plan.fold = 0;
        const auto [place, fresh] = places.try_emplace(name_of(plan), groups.size());
        if (fresh) groups.emplace_back();
        groups[place->second].push_back(each);
    }
    return groups;
}

/// The trials of every replicate; nullopt as soon as a run has none.
template <class Element, class Run>
std::optional<std::vector<replicate_trials>> all_trials(const scored_trial_source& source,
                                                        const std::vector<std::vector<Element>>& replicates,
                                                        Run&& run_of, const std::string& list) {
    std::vector<replicate_trials> all;
    for (const auto& folds : replicates) {
        all.emplace_back();
        for (const auto& each : folds) {
            auto trials = source ? source(*run_of(each), list) : std::nullopt;
            if (!trials) return std::nullopt;
            all.back().push_back(std::move(*trials));
        }
    }
    return all;
}

/// The interval that score.json gives a single run.
std::optional<interval> interval_of(const run_record& run, const std::string& list) {
    const auto& report = run.score.at("lists").at(run.list_named(list));
    if (!report.contains("eer_low") || !report.contains("eer_high")) return std::nullopt;
    return interval{report["eer_low"], report["eer_high"]};
}

} // namespace

bool run_filter::admits(const planned_run& run) const {
    const auto fits = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
    return fits(network, run.network) && fits(optimizer, run.optimizer) && fits(variant, run.variant) &&
           (!target || (run.target && *run.target == *target));
}

std::vector<const run_record*> experiment_results::where(const run_filter& filter) const {
    std::vector<const run_record*> found;
    for (const auto& run : runs) {
        if (filter.admits(run.plan)) found.push_back(&run);
    }
    return found;
}

std::vector<run_pair> experiment_results::pairs(const run_filter& a, const run_filter& b) const {
    std::vector<run_pair> found;
    const auto others = where(b);
    for (const auto* run : where(a)) {
        const auto partner =
            std::find_if(others.begin(), others.end(), [&](const auto* other) { return is_partner(*run, *other, b); });
        if (partner != others.end()) found.push_back({run, *partner});
    }
    return found;
}

std::optional<measured_mean> experiment_results::mean_eer(const std::vector<const run_record*>& replicates,
                                                          const std::string& list) const {
    std::vector<double> rates;
    std::vector<const run_record*> scored;
    for (const auto* run : replicates) {
        if (const auto rate = run->eer(list)) {
            rates.push_back(*rate);
            scored.push_back(run);
        }
    }
    if (rates.empty()) return std::nullopt;
    if (scored.size() == 1) return measured_mean{rates[0], interval_of(*scored[0], list), 1};
    const auto groups = by_replicate(scored, [](const auto* run) { return run->plan; });
    const auto known = all_trials(
        trials, groups, [](const auto* run) { return run; }, list);
    return known ? mean_equal_error_rate(*known, resampling) : mean_with_interval(rates);
}

std::optional<measured_mean> experiment_results::eer_difference(const std::vector<run_pair>& all,
                                                                const std::string& list) const {
    std::vector<run_pair> scored;
    std::vector<double> differences;
    for (const auto& pair : all) {
        const auto a = pair.a->eer(list), b = pair.b->eer(list);
        if (!a || !b) continue;
        scored.push_back(pair);
        differences.push_back(*a - *b);
    }
    if (scored.empty()) return std::nullopt;
    const auto groups = by_replicate(scored, [](const auto& pair) { return pair.a->plan; });
    const auto of_a = all_trials(
        trials, groups, [](const auto& pair) { return pair.a; }, list);
    const auto of_b = all_trials(
        trials, groups, [](const auto& pair) { return pair.b; }, list);
    return of_a && of_b ? equal_error_rate_difference(*of_a, *of_b, resampling) : mean_with_interval(differences);
}

experiment_results collect(const grid& asked, const run_archive& archive, scored_trial_source trials) {
    experiment_results results;
    // What is missing is said, and the rest reported: a sweep is decided by the candidates that there are.
    auto plan = follow(
        asked, [&](const planned_run& run) { return archive.result_of(run); }, [](const planned_run&) { return true; });
    const auto load = [&](const planned_run& run, std::vector<run_record>& into) {
        auto record = archive.load(run);
        if (record) {
            into.push_back(std::move(*record));
        } else {
            results.missing.push_back({run, archive.failure_of(run).value_or("it was not run yet")});
        }
    };
    for (const auto& each : plan.sweeps) {
        for (const auto& run : each.candidates) load(run, results.searched);
    }
    for (const auto& each : plan.oracles) {
        for (const auto& run : each.tried) load(run, results.searched);
    }
    for (const auto& run : plan.runs) load(run, results.runs);
    results.missing.insert(results.missing.end(), plan.waiting.begin(), plan.waiting.end());
    results.sweeps = std::move(plan.sweeps);
    results.oracles = std::move(plan.oracles);
    results.headline_list = asked.headline_list;
    results.out_of_distribution_lists = asked.out_of_distribution_lists;
    results.trials = std::move(trials);
    return results;
}

} // namespace speaker_verification
