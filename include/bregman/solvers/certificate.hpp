#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/operators/as_operator.hpp>
#include <bregman/policy/math.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/result.hpp>

/// \file
/// Proofs of optimality that need no trust in the solver: docs/solvers/certificates.md.

namespace bregman {

/// How well (x, y) satisfies the optimality conditions of basis pursuit, min ||x||_1 subject to A x = b:
/// A x = b, |A^T y| <= 1, and A^T y = sign(x) on the support of x.
template <class T>
struct basis_pursuit_certificate {
    T residual = 0;    ///< ||A x - b|| / ||b||
    T off_support = 0; ///< max(|A^T y| - 1, 0) over x_i = 0
    T on_support = 0;  ///< max |A^T y - sign(x)| over x_i != 0
    T gap = 0;         ///< (||x||_1 - <b, y'>) / ||x||_1 with y' = y / max(1, ||A^T y||_inf), which is feasible

    /// The largest violation.
    T kkt() const { return std::max({residual, off_support, on_support}); }
};

/// Evaluates the certificate from z = A^T y and the residual A x - b.
template <class T>
basis_pursuit_certificate<T> certify_basis_pursuit(const dense_vector<T>& b, const dense_vector<T>& x,
                                                   const dense_vector<T>& y, const dense_vector<T>& z,
                                                   const dense_vector<T>& residual) {
    basis_pursuit_certificate<T> seen;
    const T data = b.norm();
    seen.residual = residual.norm() / (data > T(0) ? data : T(1));
    for (index_t i = 0; i < x.size(); ++i)
        if (x[i] != T(0))
            seen.on_support = std::max(seen.on_support, std::abs(z[i] - sign(x[i])));
        else
            seen.off_support = std::max(seen.off_support, std::abs(z[i]) - T(1));
    const T primal = x.template lpNorm<1>();
    const T dual = b.dot(y) / std::max(T(1), z.template lpNorm<Eigen::Infinity>());
    seen.gap = primal > T(0) ? (primal - dual) / primal : std::abs(dual);
    return seen;
}

/// The same from A, with one operator pair. y is the dual variable of a result divided by lambda.
template <class A, class T>
basis_pursuit_certificate<T> certify_basis_pursuit(const A& matrix, const dense_vector<T>& b, const dense_vector<T>& x,
                                                   const dense_vector<T>& y) {
    const auto& a = as_operator(matrix);
    require(b.size() == a.rows(), "size of b", b.size(), "the rows of A", "pass one measurement per row of A");
    require(x.size() == a.cols(), "size of x", x.size(), "the columns of A", "pass the x of a result");
    require(y.size() == a.rows(), "size of y", y.size(), "the rows of A", "pass the dual variable of a result");
    dense_vector<T> z, residual;
    a.apply_transposed(y, z);
    a.apply(x, residual);
    residual -= b;
    return certify_basis_pursuit(b, x, y, z, residual);
}

/// Certificate of min ||A x - b||^2 / 2 + lambda ||x||_1 from residual = A x - b and gradient = A^T residual:
///
///     kkt  max |g_i + lambda sign(x_i)| / lambda on the support, max(|g_i| - lambda, 0) / lambda off it
///     gap  objective(x) minus the dual value of y = residual * min(1, lambda / ||g||_inf), relative to the
///          objective: ||y||^2 / 2 + <b, y> is the negative dual
template <class T>
certificate<T> certify_lasso(const dense_vector<T>& b, const dense_vector<T>& x, const dense_vector<T>& residual,
                             const dense_vector<T>& gradient, T lambda) {
    certificate<T> seen{0, 0};
    for (index_t i = 0; i < x.size(); ++i) {
        const T violation =
            x[i] != T(0) ? std::abs(gradient[i] + lambda * sign(x[i])) : std::max(std::abs(gradient[i]) - lambda, T(0));
        seen.kkt = std::max(seen.kkt, violation / lambda);
    }
    const T steepest = gradient.template lpNorm<Eigen::Infinity>();
    const T scale = steepest > lambda ? lambda / steepest : T(1);
    const T primal = residual.squaredNorm() / 2 + lambda * x.template lpNorm<1>();
    const T dual = -(scale * scale * residual.squaredNorm() / 2 + scale * b.dot(residual));
    seen.gap = primal > T(0) ? (primal - dual) / primal : T(0);
    return seen;
}

} // namespace bregman
