#include "speaker_verification/experiment/intervals.hpp"

#include "common/require.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <numeric>
#include <set>

namespace speaker_verification {

namespace {

constexpr double confidence = .9;

/// The speakers of a fold by their numbers. A replicate without rotation is one fold that always counts.
std::vector<std::size_t> speakers_of(const std::vector<speaker_trial>& trials, speaker_numbers& numbers) {
    std::set<std::size_t> found;
    for (const auto& trial : trials) {
        found.insert(numbers.of(trial.enrolled_speaker));
        found.insert(numbers.of(trial.test_speaker));
    }
    return {found.begin(), found.end()};
}

/// EER of fold `f` of a, minus that of b where there is one.
weighted_figure figure_of_fold(const std::vector<speaker_trial>& a, const std::vector<speaker_trial>* b,
                               speaker_numbers& numbers) {
    auto first = equal_error_figure(a, numbers);
    if (!b) return first;
    return [first = std::move(first),
            second = equal_error_figure(*b, numbers)](const speaker_weights& weights) -> std::optional<double> {
        const auto one = first(weights), other = second(weights);
        if (!one || !other) return {};
        return *one - *other;
    };
}

weighted_figure figure_of(const replicate_trials& a, const replicate_trials* b, speaker_numbers& numbers) {
    examples::require(!b || b->size() == a.size(), "folds", a.size(), "both systems must have the same");
    std::vector<fold_figure> folds;
    for (std::size_t f = 0; f < a.size(); ++f) {
        auto figure = figure_of_fold(a[f], b ? &(*b)[f] : nullptr, numbers);
        if (a.size() == 1) return figure;
        folds.push_back({std::move(figure), speakers_of(a[f], numbers)});
    }
    return mean_over_folds(std::move(folds));
}

measured_mean bootstrap(const std::vector<replicate_trials>& a, const std::vector<replicate_trials>* b,
                        const bootstrap_options& options) {
    speaker_numbers numbers;
    std::vector<weighted_figure> figures;
    for (std::size_t i = 0; i < a.size(); ++i) figures.push_back(figure_of(a[i], b ? &(*b)[i] : nullptr, numbers));
    const auto found = bootstrap_seeds(figures, numbers.size(), options);
    return {found.value, interval{found.low, found.high}, a.size()};
}

} // namespace

measured_mean mean_with_interval(std::span<const double> values) {
    examples::require(!values.empty(), "values", 0, "a mean needs at least one");
    const double count = double(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    measured_mean result{mean, {}, values.size()};
    if (values.size() < 2) return result;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / (count - 1) / count);
    const double t = boost::math::quantile(boost::math::students_t(count - 1), (1 + confidence) / 2);
    result.range = interval{mean - t * error, mean + t * error};
    return result;
}

measured_mean mean_equal_error_rate(const std::vector<replicate_trials>& replicates, const bootstrap_options& options) {
    return bootstrap(replicates, nullptr, options);
}

measured_mean equal_error_rate_difference(const std::vector<replicate_trials>& a,
                                          const std::vector<replicate_trials>& b, const bootstrap_options& options) {
    examples::require(a.size() == b.size(), "replicates", a.size(), "both systems must have the same");
    return bootstrap(a, &b, options);
}

} // namespace speaker_verification
