#include "speaker_verification/scoring/error_rates.hpp"

#include "common/require.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace speaker_verification {

error_curve make_error_curve(std::span<const scored_trial> trials) {
    std::vector<scored_trial> sorted(trials.begin(), trials.end());
    for (const auto& trial : sorted) {
        examples::require(std::isfinite(trial.score), "score", trial.score,
                          "must be finite: look for an embedding that is not");
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const scored_trial& a, const scored_trial& b) { return a.score > b.score; });
    return make_error_curve_of_sorted(sorted);
}

error_curve make_error_curve_of_sorted(std::span<const scored_trial> trials) {
    double targets = 0, nontargets = 0;
    for (const auto& trial : trials) (trial.target ? targets : nontargets) += trial.weight;
    examples::require(targets > 0, "target trials", targets, "at least one pair of the same speaker is needed");
    examples::require(nontargets > 0, "non-target trials", nontargets,
                      "at least one pair of different speakers is needed");

    error_curve curve{{0}, {1}};
    double accepted_targets = 0, accepted_nontargets = 0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        (trials[i].target ? accepted_targets : accepted_nontargets) += trials[i].weight;
        const bool last_of_its_score = i + 1 == trials.size() || trials[i + 1].score != trials[i].score;
        if (!last_of_its_score) continue;
        curve.false_accept.push_back(accepted_nontargets / nontargets);
        curve.false_reject.push_back(1 - accepted_targets / targets);
    }
    return curve;
}

double equal_error_rate(const error_curve& curve) {
    const auto excess = [&](std::size_t i) { return curve.false_reject[i] - curve.false_accept[i]; };
    std::size_t crossing = 1;
    while (excess(crossing) > 0) ++crossing; // ends at the last point at the latest: (1, 0)
    const double before = excess(crossing - 1), after = excess(crossing);
    const double share = before / (before - after);
    const double from = curve.false_accept[crossing - 1], to = curve.false_accept[crossing];
    return from + share * (to - from);
}

double equal_error_threshold(std::span<const scored_trial> trials) {
    const auto curve = make_error_curve(trials);
    std::vector<double> scores; // of the curve's points, the first of which accepts nothing
    for (const auto& trial : trials) scores.push_back(trial.score);
    std::sort(scores.begin(), scores.end(), std::greater<>());
    scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
    std::size_t best = 0;
    const auto gap = [&](std::size_t i) { return std::abs(curve.false_reject[i + 1] - curve.false_accept[i + 1]); };
    for (std::size_t i = 1; i < scores.size(); ++i) {
        if (gap(i) < gap(best)) best = i;
    }
    return scores[best];
}

double minimum_detection_cost(const error_curve& curve, double target_prior) {
    examples::require(target_prior > 0 && target_prior < 1, "target_prior", target_prior, "must be in (0, 1)");
    double smallest = target_prior; // accepts nothing
    for (std::size_t i = 0; i < curve.false_accept.size(); ++i) {
        smallest =
            std::min(smallest, target_prior * curve.false_reject[i] + (1 - target_prior) * curve.false_accept[i]);
    }
    return smallest / std::min(target_prior, 1 - target_prior);
}

} // namespace speaker_verification
