#pragma once

#include <Eigen/Core>

#include <cmath>

namespace course {

/// Exercise 1: Adam's speed, in step sizes for each step, when the gradient is always g: its moments are g and g^2.
inline double speed_of_adam(double g, double epsilon) { return g / (std::abs(g) + epsilon); }

/// Exercise 2: the epsilon at which a gradient of this size moves with a share of the full speed, in (0, 1).
inline double epsilon_for(double gradient, double share) { return gradient * (1 - share) / share; }

/// Exercise 3: the share of rows of which every weight is zero.
inline double dead_rows(const Eigen::MatrixXf& weights) {
    return double((weights.array() == 0).rowwise().all().count()) / double(weights.rows());
}

} // namespace course
