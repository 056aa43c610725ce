#pragma once

#include <Eigen/Core>

#include <algorithm>

namespace course {

/// Exercise 1: the x that minimises (x - y)^2 / 2 + t |x|, without a branch.
inline double shrink(double y, double t) { return y - std::clamp(y, -t, t); }

/// Exercise 2: the least lambda at which min ||A x - b||^2 / 2 + lambda ||x||_1 has the solution x = 0: at x = 0 the
/// gradient -A'b must lie in [-lambda, lambda].
inline double lambda_of_zero(const Eigen::MatrixXd& A, const Eigen::VectorXd& b) {
    return (A.transpose() * b).lpNorm<Eigen::Infinity>();
}

/// Exercise 3: the x that minimises ||x - y||^2 / 2 + t ||x||_2: all of it vanishes, or none.
inline Eigen::VectorXd shrink_group(const Eigen::VectorXd& y, double t) {
    const double norm = y.norm();
    return norm <= t ? Eigen::VectorXd(Eigen::VectorXd::Zero(y.size())) : Eigen::VectorXd((1 - t / norm) * y);
}

} // namespace course
