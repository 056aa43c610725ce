#include "speaker_verification/experiment/plan.hpp"

#include <algorithm>

namespace speaker_verification {

namespace {

sweep_outcome follow_sweep(const sweep& asked, const result_source& result_of, const surrender& given_up) {
    sweep_outcome outcome{asked, {}, {}, {}};
    for (const double rate : asked.learning_rates) {
        for (const double decay : asked.weight_decays) {
            outcome.candidates.push_back(candidate_of(asked, rate, decay));
            outcome.results.push_back(result_of(outcome.candidates.back()));
        }
    }
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
        const auto& result = outcome.results[i];
        if (!result && !given_up(outcome.candidates[i])) {
            outcome.winner.reset();
            break;
        }
        if (!result) continue;
        const auto& best = outcome.winner;
        if (!best || result->validation_accuracy > outcome.results[*best]->validation_accuracy) outcome.winner = i;
    }
    return outcome;
}

oracle_outcome follow_oracle(const oracle_search& asked, const result_source& result_of) {
    oracle_outcome outcome{asked, {}, {}, 0};
    for (std::int64_t left = asked.runs; left > 0; --left) {
        const auto lambda = next_lambda(outcome.known, asked.targets, asked.base.all.sparsity.lambda, asked.tolerance);
        if (!lambda) break;
        outcome.tried.push_back(trial_of(asked, *lambda));
        const auto result = result_of(outcome.tried.back());
        if (!result) {
            outcome.runs_left = left;
            break;
        }
        outcome.known[*lambda] = result->sparsity;
    }
    return outcome;
}

const sweep_outcome* sweep_for(const followed_plan& plan, const planned_run& run) {
    for (const auto& outcome : plan.sweeps) {
        const auto& variants = outcome.asked.applies_to;
        const bool fits = outcome.asked.base.network == run.network && outcome.asked.base.optimizer == run.optimizer &&
                          std::find(variants.begin(), variants.end(), run.variant) != variants.end();
        if (fits) return &outcome;
    }
    return nullptr;
}

/// Takes over the winner of the run's sweep; false, with what is missing, when there is none yet.
bool take_winner(const followed_plan& plan, planned_run& run, std::string& reason) {
    const auto* swept = sweep_for(plan, run);
    if (!swept) return true;
    if (!swept->winner) {
        reason = "the sweep of " + swept->asked.base.name + " has no winner yet";
        return false;
    }
    const auto& winner = swept->candidates[*swept->winner].all.optimizer;
    run.all.optimizer.learning_rate = winner.learning_rate;
    run.all.optimizer.weight_decay = winner.weight_decay;
    return true;
}

bool take_lambda(const followed_plan& plan, planned_run& run, std::string& reason) {
    if (!run.oracle_lambda) return true;
    for (const auto& outcome : plan.oracles) {
        const auto& asked = outcome.asked;
        if (asked.base.network != run.network || asked.base.optimizer != run.optimizer) continue;
        if (std::find(asked.targets.begin(), asked.targets.end(), *run.target) == asked.targets.end()) continue;
        if (const auto lambda = outcome.lambda_for(*run.target)) {
            run.all.sparsity.lambda = *lambda;
            return true;
        }
    }
    reason = "the oracle search for its lambda is not finished";
    return false;
}

} // namespace

std::optional<double> oracle_outcome::lambda_for(double target) const {
    if (runs_left > 0 || known.empty()) return std::nullopt;
    return nearest_lambda(known, target);
}

std::vector<planned_run> followed_plan::all_runs() const {
    std::vector<planned_run> all;
    for (const auto& each : sweeps) all.insert(all.end(), each.candidates.begin(), each.candidates.end());
    for (const auto& each : oracles) all.insert(all.end(), each.tried.begin(), each.tried.end());
    all.insert(all.end(), runs.begin(), runs.end());
    return all;
}

followed_plan follow(const grid& asked, const result_source& result_of, const surrender& given_up) {
    followed_plan plan;
    for (const auto& each : asked.sweeps) plan.sweeps.push_back(follow_sweep(each, result_of, given_up));
    for (const auto& each : asked.oracles) {
        // The search trains with what the sweep of its variant found, as the runs will that take its lambda.
        oracle_search with_winner = each;
        std::string reason;
        if (!take_winner(plan, with_winner.base, reason)) {
            plan.oracles.push_back({each, {}, {}, each.runs});
            continue;
        }
        plan.oracles.push_back(follow_oracle(with_winner, result_of));
    }
    for (planned_run run : asked.runs) {
        std::string reason;
        if (!take_winner(plan, run, reason) || !take_lambda(plan, run, reason)) {
            plan.waiting.push_back({std::move(run), reason});
            continue;
        }
        plan.runs.push_back(std::move(run));
    }
    return plan;
}

} // namespace speaker_verification
