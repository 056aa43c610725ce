#pragma once

#include <Eigen/Cholesky>

#include <cmath>

namespace course {

/// Exercise 1: where gradient descent from 0 ends when A w = b has many solutions: at the one of least ||w||_2, for no step
/// leaves the range of A'.
inline Eigen::VectorXd least_norm_solution(const Eigen::MatrixXd& A, const Eigen::VectorXd& b) {
    return A.transpose() * (A * A.transpose()).llt().solve(b);
}

/// Exercise 2: a step of mirror descent with the entropy on the simplex: log w moves by -tau g, and the sum is kept.
inline Eigen::VectorXd exponentiated_step(const Eigen::VectorXd& w, const Eigen::VectorXd& g, double tau) {
    const Eigen::VectorXd moved = w.array() * (-tau * g.array()).exp();
    return moved / moved.sum();
}

/// Exercise 3: the Bregman divergence phi(x) - phi(y) - phi'(y) (x - y) of phi(x) = x asinh(x / beta) - sqrt(x^2 + beta^2).
inline double hypentropy_divergence(double beta, double x, double y) {
    const auto phi = [=](double z) { return z * std::asinh(z / beta) - std::hypot(z, beta); };
    return phi(x) - phi(y) - std::asinh(y / beta) * (x - y);
}

} // namespace course
