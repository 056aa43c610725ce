#pragma once
/// The search for the lambda that leaves a given sparsity, where more lambda leaves more zeros.
#include <map>
#include <optional>
#include <vector>

namespace speaker_verification {

/// What is known: sparsity after training with a fixed lambda.
using sparsity_by_lambda = std::map<double, double>;

/// The lambdas next to a target: the largest that is too dense and the smallest that is too sparse.
struct lambda_bracket {
    std::optional<double> too_dense{}, too_sparse{};
};

lambda_bracket bracket_of(const sparsity_by_lambda& known, double target);

/// The lambda tried whose sparsity is nearest to the target. `known` must not be empty.
double nearest_lambda(const sparsity_by_lambda& known, double target);

/// The next lambda to try, for the target from which the known ones stay furthest away, and by more than
/// `tolerance`, so that a search which must end early has served all of them alike: the middle of its bracket in log lambda; where one end is missing, four times beyond the other; `start` when
/// nothing is known. What was tried for one target narrows the others' brackets too. Rounded to five digits.
/// nullopt when all are reached, or when a bracket is as narrow as the digits.
///
/// Throws std::invalid_argument unless start > 0, tolerance > 0 and all targets lie in (0, 1].
std::optional<double> next_lambda(const sparsity_by_lambda& known, const std::vector<double>& targets, double start,
                                  double tolerance);

} // namespace speaker_verification
