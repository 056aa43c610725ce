#include "speaker_verification/scoring/speaker_bootstrap.hpp"

#include "common/require.hpp"
#include "speaker_verification/scoring/error_rates.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_map>

namespace speaker_verification {

namespace {

/// Trials by falling score, with the speakers as numbers.
struct indexed_trials {
    std::vector<scored_trial> scored;
    std::vector<std::size_t> enrolled, test;
    std::size_t speakers = 0;
};

indexed_trials index(std::span<const speaker_trial> trials) {
    std::vector<const speaker_trial*> sorted;
    for (const auto& trial : trials) sorted.push_back(&trial);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->score > b->score; });

    indexed_trials result;
    std::unordered_map<std::string, std::size_t> numbers;
    // Numbered in the order of the list, not of the scores: the same draw means the same speakers whatever
    // the scores are, so that two systems are compared on equal resamples.
    for (const auto& trial : trials) {
        numbers.try_emplace(trial.enrolled_speaker, numbers.size());
        numbers.try_emplace(trial.test_speaker, numbers.size());
    }
    result.speakers = numbers.size();
    for (const auto* trial : sorted) {
        result.scored.push_back({trial->score, trial->target()});
        result.enrolled.push_back(numbers.at(trial->enrolled_speaker));
        result.test.push_back(numbers.at(trial->test_speaker));
    }
    return result;
}

/// Weighs every trial for one draw of the speakers; false when a kind of trial has no weight left.
bool resample(indexed_trials& trials, std::mt19937_64& random) {
    std::vector<double> multiplicity(trials.speakers, 0);
    // The remainder's bias is below 1e-15; the standard distributions differ between libraries.
    for (std::size_t draw = 0; draw < trials.speakers; ++draw) ++multiplicity[random() % trials.speakers];
    double targets = 0, nontargets = 0;
    for (std::size_t i = 0; i < trials.scored.size(); ++i) {
        auto& trial = trials.scored[i];
        const double enrolled = multiplicity[trials.enrolled[i]];
        trial.weight = trial.target ? enrolled : enrolled * multiplicity[trials.test[i]];
        (trial.target ? targets : nontargets) += trial.weight;
    }
    return targets > 0 && nontargets > 0;
}

double quantile(const std::vector<double>& sorted, double level) {
    const double position = level * double(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - double(below)) * (sorted[above] - sorted[below]);
}

} // namespace

interval bootstrap_equal_error_rate(std::span<const speaker_trial> trials, const bootstrap_options& options) {
    examples::require(options.resamples >= 1, "resamples", options.resamples, "must be at least 1");
    examples::require(options.confidence > 0 && options.confidence < 1, "confidence", options.confidence,
                      "must be in (0, 1)");
    auto indexed = index(trials);
    make_error_curve(indexed.scored); // refuses what has no error rate

    std::mt19937_64 random(options.seed);
    std::vector<double> rates;
    while (rates.size() < std::size_t(options.resamples)) {
        if (!resample(indexed, random)) continue;
        rates.push_back(equal_error_rate(make_error_curve_of_sorted(indexed.scored)));
    }
    std::sort(rates.begin(), rates.end());
    return {quantile(rates, (1 - options.confidence) / 2), quantile(rates, (1 + options.confidence) / 2)};
}

} // namespace speaker_verification
