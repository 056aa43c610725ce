#include "speaker_verification/scoring/seed_bootstrap.hpp"

#include "common/require.hpp"
#include "speaker_verification/scoring/error_rates.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

namespace speaker_verification {

namespace {

/// Trials by falling score, with the speakers as numbers.
struct indexed_trials {
    std::vector<scored_trial> scored;
    std::vector<std::size_t> enrolled, test;

    /// Weighs every trial; false when a kind of trial has no weight left.
    bool weigh(const speaker_weights& weights) {
        double targets = 0, nontargets = 0;
        for (std::size_t i = 0; i < scored.size(); ++i) {
            auto& trial = scored[i];
            trial.weight = trial.target ? weights[enrolled[i]] : weights[enrolled[i]] * weights[test[i]];
            (trial.target ? targets : nontargets) += trial.weight;
        }
        return targets > 0 && nontargets > 0;
    }
};

std::vector<double> draw(std::size_t count, std::mt19937_64& random) {
    std::vector<double> multiplicity(count, 0);
    // The remainder's bias is below 1e-15; the standard distributions differ between libraries.
    for (std::size_t each = 0; each < count; ++each) ++multiplicity[random() % count];
    return multiplicity;
}

/// The figure averaged over the seeds, each as often as it was drawn.
std::optional<double> mean_over_seeds(std::span<const weighted_figure> seeds, const std::vector<double>& multiplicity,
                                      const speaker_weights& weights) {
    double sum = 0;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
        if (multiplicity[i] == 0) continue;
        const auto value = seeds[i](weights);
        if (!value) return {};
        sum += multiplicity[i] * *value;
    }
    return sum / double(seeds.size());
}

double mean_of_all(std::span<const weighted_figure> seeds, std::size_t speakers) {
    const auto mean = mean_over_seeds(seeds, std::vector<double>(seeds.size(), 1), speaker_weights(speakers, 1));
    if (!mean) throw std::invalid_argument("the figure cannot be computed on all speakers: check its trials");
    return *mean;
}

void check(const bootstrap_options& options, std::size_t seeds) {
    examples::require(options.resamples >= 1, "resamples", options.resamples, "must be at least 1");
    examples::require(options.confidence > 0 && options.confidence < 1, "confidence", options.confidence,
                      "must be in (0, 1)");
    examples::require(seeds >= 1, "seeds", seeds, "at least one trained network is needed");
}

double quantile(const std::vector<double>& sorted, double level) {
    const double position = level * double(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - double(below)) * (sorted[above] - sorted[below]);
}

/// `value(weights, random)` for as many draws of the speakers as asked for, sorted. Seeds come from a
/// generator of their own, so that how many there are does not change which speakers are drawn.
template <class Value>
std::vector<double> resample(std::size_t speakers, const bootstrap_options& options, Value&& value) {
    std::mt19937_64 of_speakers(options.seed), of_seeds(~options.seed);
    std::vector<double> values;
    while (values.size() < std::size_t(options.resamples)) {
        if (const auto each = value(draw(speakers, of_speakers), of_seeds)) values.push_back(*each);
    }
    std::sort(values.begin(), values.end());
    return values;
}

interval percentiles(const std::vector<double>& sorted, double confidence) {
    return {quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)};
}

} // namespace

weighted_figure equal_error_figure(std::span<const speaker_trial> trials, speaker_numbers& numbers) {
    std::vector<const speaker_trial*> sorted;
    for (const auto& trial : trials) sorted.push_back(&trial);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->score > b->score; });
    // Numbered in the order of the list, not of the scores, which differ between systems.
    for (const auto& trial : trials) {
        numbers.of(trial.enrolled_speaker);
        numbers.of(trial.test_speaker);
    }
    auto indexed = std::make_shared<indexed_trials>();
    for (const auto* trial : sorted) {
        indexed->scored.push_back({trial->score, trial->target()});
        indexed->enrolled.push_back(numbers.of(trial->enrolled_speaker));
        indexed->test.push_back(numbers.of(trial->test_speaker));
    }
    make_error_curve(indexed->scored); // refuses what has no error rate
    return [indexed](const speaker_weights& weights) -> std::optional<double> {
        if (!indexed->weigh(weights)) return {};
        return equal_error_rate(make_error_curve_of_sorted(indexed->scored));
    };
}

weighted_figure share_figure(const std::map<std::string, counted_share>& speakers, speaker_numbers& numbers) {
    std::vector<std::pair<std::size_t, counted_share>> numbered;
    for (const auto& [name, share] : speakers) numbered.emplace_back(numbers.of(name), share);
    return [numbered](const speaker_weights& weights) -> std::optional<double> {
        counted_share sum;
        for (const auto& [number, share] : numbered) {
            sum.counted += weights[number] * share.counted;
            sum.total += weights[number] * share.total;
        }
        if (sum.total <= 0) return {};
        return sum.counted / sum.total;
    };
}

weighted_figure mean_over_folds(std::vector<fold_figure> folds) {
    return [folds = std::move(folds)](const speaker_weights& weights) -> std::optional<double> {
        double sum = 0, total = 0;
        for (const auto& fold : folds) {
            double weight = fold.held_out.empty() ? 1 : 0;
            for (const std::size_t speaker : fold.held_out) weight += weights[speaker];
            if (weight == 0) continue;
            const auto value = fold.figure(weights);
            if (!value) return {};
            sum += weight * *value;
            total += weight;
        }
        if (total == 0) return {};
        return sum / total;
    };
}

estimate bootstrap_seeds(std::span<const weighted_figure> seeds, std::size_t speakers,
                         const bootstrap_options& options) {
    check(options, seeds.size());
    const double value = mean_of_all(seeds, speakers);
    const auto values = resample(speakers, options, [&](const auto& weights, auto& random) {
        return mean_over_seeds(seeds, draw(seeds.size(), random), weights);
    });
    const auto range = percentiles(values, options.confidence);
    return {value, range.low, range.high};
}

difference_estimate bootstrap_difference(std::span<const weighted_figure> first,
                                         std::span<const weighted_figure> second, std::size_t speakers,
                                         const bootstrap_options& options) {
    check(options, std::min(first.size(), second.size()));
    const double value = mean_of_all(first, speakers) - mean_of_all(second, speakers);
    const auto values = resample(speakers, options, [&](const auto& weights, auto& random) -> std::optional<double> {
        const auto one = mean_over_seeds(first, draw(first.size(), random), weights);
        const auto other = mean_over_seeds(second, draw(second.size(), random), weights);
        if (!one || !other) return {};
        return *one - *other;
    });
    const auto range = percentiles(values, options.confidence);
    const auto share = [&](auto&& holds) {
        return double(std::count_if(values.begin(), values.end(), holds)) / double(values.size());
    };
    return {value, range.low, range.high, share([](double each) { return each <= 0; }),
            share([](double each) { return each >= 0; })};
}

} // namespace speaker_verification
