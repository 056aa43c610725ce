#pragma once

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <vector>

namespace course {

/// Exercise 1: how far x is from solving the lasso, in units of lambda: with z = A'(b - A x) the conditions are
/// z_i = lambda sign(x_i) where x_i is not 0, and |z_i| <= lambda where it is.
inline double kkt_of_lasso(const Eigen::MatrixXd& A, const Eigen::VectorXd& b, const Eigen::VectorXd& x,
                           double lambda) {
    const Eigen::VectorXd z = A.transpose() * (b - A * x);
    double worst = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i)
        worst = std::max(worst, x[i] == 0 ? std::abs(z[i]) - lambda : std::abs(z[i] - std::copysign(lambda, x[i])));
    return worst / lambda;
}

/// Exercise 2: the duality gap of the lasso. y = s (b - A x) is feasible, |A'y| <= lambda, with s = min(1, lambda / |A'(b - A x)|).
inline double gap_of_lasso(const Eigen::MatrixXd& A, const Eigen::VectorXd& b, const Eigen::VectorXd& x,
                           double lambda) {
    const Eigen::VectorXd residual = b - A * x;
    const double largest = (A.transpose() * residual).lpNorm<Eigen::Infinity>();
    const Eigen::VectorXd y = residual * std::min(1.0, lambda / largest);
    return residual.squaredNorm() / 2 + lambda * x.lpNorm<1>() - (b.dot(y) - y.squaredNorm() / 2);
}

/// Exercise 3: the y of least norm with A'y = sign(x) where x is not 0. Where |A'y| < 1 elsewhere it proves that x is the
/// only solution of min ||x||_1 subject to A x = b.
inline Eigen::VectorXd dual_of_signs(const Eigen::MatrixXd& A, const Eigen::VectorXd& x) {
    std::vector<Eigen::Index> support;
    for (Eigen::Index i = 0; i < x.size(); ++i)
        if (x[i] != 0) support.push_back(i);
    const Eigen::MatrixXd part = A(Eigen::all, support);
    const Eigen::VectorXd signs = x(support).cwiseSign();
    return part * (part.transpose() * part).llt().solve(signs);
}

} // namespace course
