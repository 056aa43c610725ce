#pragma once

#include <bregman/control/observation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace course {

/// Exercise 1: the number of steps after which a run stays within `width` of the target; its length where it never does.
inline std::size_t steps_to_settle(const std::vector<double>& sparsities, double target, double width) {
    std::size_t settled = sparsities.size();
    while (settled > 0 && std::abs(sparsities[settled - 1] - target) <= width) --settled;
    return settled;
}

/// Exercise 2: how often a run crosses its target. A ringing law crosses for ever.
inline int crossings(const std::vector<double>& sparsities, double target) {
    int count = 0;
    double last = 0;
    for (const double sparsity : sparsities) {
        const double error = target - sparsity;
        if (error * last < 0) ++count;
        if (error != 0) last = error;
    }
    return count;
}

/// Exercise 3: a gain that calms down: gain * 0.95^max(C - 1, 0), C the number of crossings so far.
struct calming_law {
    double gain = 3;
    int crossings = 0;
    double last_error = 0;

    double operator()(const bregman::observation<double>& seen) {
        const double error = seen.target - seen.sparsity;
        if (error * last_error < 0) ++crossings;
        if (error != 0) last_error = error;
        const double factor = 1 + gain * std::pow(0.95, std::max(crossings - 1, 0)) * std::abs(error);
        return error > 0 ? seen.lambda * factor : seen.lambda / factor;
    }
};

} // namespace course
