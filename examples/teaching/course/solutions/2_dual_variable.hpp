#pragma once

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <vector>

namespace course {

/// Exercise 1: the lasso for A = 1, ||x - b||^2 / 2 + lambda ||x||_1: every entry that stays is too small by lambda.
inline Eigen::VectorXd lasso_of_identity(const Eigen::VectorXd& b, double lambda) {
    return b.unaryExpr([=](double bi) { return std::copysign(std::max(std::abs(bi) - lambda, 0.0), bi); });
}

/// Exercise 2: inverse scale space for A = 1, v' = b - x, v in d||x||_1, v(0) = 0: v_i = t b_i until it reaches +-1 at
/// the time 1 / |b_i|, when x_i becomes b_i at once: no bias.
inline Eigen::VectorXd inverse_scale_space_of_identity(const Eigen::VectorXd& b, double t) {
    return b.unaryExpr([=](double bi) { return t * std::abs(bi) >= 1 ? bi : 0.0; });
}

/// Exercise 3: the least-squares answer on the support of x, which repairs the lasso's bias where its support is right.
inline Eigen::VectorXd debiased(const Eigen::MatrixXd& A, const Eigen::VectorXd& b, const Eigen::VectorXd& x) {
    std::vector<Eigen::Index> support;
    for (Eigen::Index i = 0; i < x.size(); ++i)
        if (x[i] != 0) support.push_back(i);
    const Eigen::MatrixXd part = A(Eigen::all, support);
    Eigen::VectorXd result = Eigen::VectorXd::Zero(x.size());
    const Eigen::VectorXd on_support = (part.transpose() * part).llt().solve(part.transpose() * b);
    result(support) = on_support;
    return result;
}

} // namespace course
