#include "speaker_verification/experiment/bisection.hpp"

#include "common/require.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace speaker_verification {

namespace {

constexpr double factor_beyond_known = 4;

double rounded(double lambda) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.5g", lambda);
    return std::strtod(digits, nullptr);
}

double inside_or_beyond(const lambda_bracket& bracket) {
    if (bracket.too_dense && bracket.too_sparse) return std::sqrt(*bracket.too_dense * *bracket.too_sparse);
    return bracket.too_dense ? *bracket.too_dense * factor_beyond_known : *bracket.too_sparse / factor_beyond_known;
}

} // namespace

lambda_bracket bracket_of(const sparsity_by_lambda& known, double target) {
    lambda_bracket bracket;
    for (const auto& [lambda, sparsity] : known) { // by growing lambda
        if (sparsity < target) {
            bracket.too_dense = lambda;
            bracket.too_sparse.reset(); // noise made an earlier lambda sparser: the last crossing counts
        } else if (!bracket.too_sparse) {
            bracket.too_sparse = lambda;
        }
    }
    return bracket;
}

double nearest_lambda(const sparsity_by_lambda& known, double target) {
    examples::require(!known.empty(), "known", 0, "there must be a lambda that was tried");
    const auto nearer = [&](const auto& a, const auto& b) {
        return std::abs(a.second - target) < std::abs(b.second - target);
    };
    return std::min_element(known.begin(), known.end(), nearer)->first;
}

std::optional<double> next_lambda(const sparsity_by_lambda& known, const std::vector<double>& targets, double start,
                                  double tolerance) {
    examples::require(start > 0, "start", start, "must be above 0");
    examples::require(tolerance > 0, "tolerance", tolerance, "must be above 0");
    if (known.empty()) return rounded(start);
    std::optional<double> chosen;
    double furthest = tolerance;
    for (const double target : targets) {
        examples::require(target > 0 && target <= 1, "target", target, "must lie in (0, 1]");
        const double distance = std::abs(known.at(nearest_lambda(known, target)) - target);
        if (distance <= furthest) continue;
        const double next = rounded(inside_or_beyond(bracket_of(known, target)));
        if (known.contains(next)) continue;
        chosen = next;
        furthest = distance;
    }
    return chosen;
}

} // namespace speaker_verification
