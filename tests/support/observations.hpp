#pragma once

#include <cstdint>
#include <vector>

#include <bregman/control/observation.hpp>

namespace bregman::testing {

/// An observation made by hand.
template <class T = double>
observation<T> reading(T sparsity, T lambda = 1, std::int64_t step = 1, T target = T(0.9)) {
    observation<T> seen;
    seen.step = step, seen.lambda = lambda, seen.sparsity = sparsity, seen.target = target;
    return seen;
}

/// The lambdas of a law that sees these readings after steps first, first + 1, ..., each with the lambda it
/// returned before.
template <class Law>
std::vector<double> lambdas(Law& law, const std::vector<double>& sparsities, double lambda = 1, double target = 0.9,
                            std::int64_t first = 1) {
    std::vector<double> result;
    for (double sparsity : sparsities) {
        lambda = law(reading(sparsity, lambda, first + std::int64_t(result.size()), target));
        result.push_back(lambda);
    }
    return result;
}

} // namespace bregman::testing
