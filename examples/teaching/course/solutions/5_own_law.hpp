#pragma once

#include <bregman/control/observation.hpp>

#include <cmath>

namespace course {

/// Exercise 1: a law that lets the support move near the target: lambda is constant within `width` of it.
struct with_dead_zone {
    double gain = 0.3, width = 0.01;

    double operator()(const bregman::observation<double>& seen) const {
        const double error = seen.target - seen.sparsity;
        return std::abs(error) <= width ? seen.lambda : seen.lambda * std::exp(gain * error);
    }
};

/// Exercise 2: a law that learns first: lambda is constant until the loss, which the caller hands to step(), is below a bound.
struct patient_law {
    double loss_bound = 1;
    double gain = 0.3;

    double operator()(const bregman::observation<double>& seen) const {
        const bool learned = seen.loss < loss_bound; // NaN, a loss that nobody told, is not
        return learned ? seen.lambda * std::exp(gain * (seen.target - seen.sparsity)) : seen.lambda;
    }
};

/// Exercise 3: a law that looks at a running mean of the sparsity, and whose memory is saved with the optimizer.
struct smoothed_law {
    static constexpr const char* name = "smoothed"; // which a state file asks for
    double mean = 0;

    double operator()(const bregman::observation<double>& seen) {
        mean = seen.step <= 1 ? seen.sparsity : 0.8 * mean + 0.2 * seen.sparsity;
        return seen.lambda * std::exp(0.3 * (seen.target - mean));
    }
    template <class Field>
    void visit(Field&& field) {
        field("mean", mean);
    }
};

} // namespace course
