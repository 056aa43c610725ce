#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/penalised_certificate.hpp>
#include <bregman/solvers/primal_map.hpp>
#include <bregman/solvers/result.hpp>

/// \file
/// Proofs that need no trust in a solver: docs/solvers/certificates.md.

namespace bregman {

/// A problem on A x = b, as a certificate is about it (`problem_kind`).
template <class T>
struct problem_statement {
    using real = real_of<T>;

    problem_kind kind = problem_kind::constrained; ///< what x is to solve
    real lambda = 1;                               ///< weight of J, > 0
    real delta =
        infinity_of<real>(); ///< of ||x||^2 / (2 delta), > 0; infinity leaves the term out: basis pursuit, lasso
    real noise_norm = 0;     ///< how large ||A x - b|| may be where it is constrained
    solver_regularizer<T> regularizer = {}; ///< J, l1 unless given
    tensor_shape shape = {};                ///< of x, for regularizers that have groups or act on matrices
    solver_loss<T> loss = {};               ///< of penalised problems, quadratic unless given
    std::optional<T> intercept = {}; ///< of penalised problems: added to A x, not penalised; nothing: there is none

    /// X as a function of the dual variable.
    primal_map<T> map() const { return {regularizer, shape, lambda, delta}; }

    void validate(index_t unknowns) const {
        require(lambda > 0 && is_finite(lambda), "lambda", lambda, "> 0, finite", "1 is the default");
        require(delta > 0, "delta", delta, "> 0", "infinity is no ||x||^2");
        require(noise_norm >= 0 && is_finite(noise_norm), "noise_norm", noise_norm, ">= 0, finite", "0 is A x = b");
        regularizer.validate(shape, unknowns);
    }
};

namespace contract {
/// -F^*(z), and the share of y (and of z = A^T y) that is feasible for it: where delta is infinite, F^* is 0 on the z whose
/// polar is at most lambda and infinite elsewhere, so that y is shrunk until z is one of them.
template <class T>
std::pair<real_of<T>, real_of<T>> dual_of_regularizer(const primal_map<T>& map, const dense_vector<T>& z) {
    using real = real_of<T>;
    if (is_finite(map.delta)) {
        dense_vector<T> x;
        map(z, x);
        return {-map.conjugate(z, x), real(1)};
    }
    const real polar = map.regularizer.polar(z, map.shape);
    if (is_nan(polar)) return {nan_of<real>(), real(1)};
    return {real(0), polar > map.lambda ? map.lambda / polar : real(1)};
}
} // namespace contract

/// The certificate of (x, y) for a problem, from what solvers have at hand: z = A^T y, residual = A x - b and, where the
/// problem is not constrained, gradient = A^T residual. With r = A x - b:
///
///     constrained    feasibility max(||r|| - noise_norm, 0) / ||b||
///                    kkt         the largest of that, the distance of z from lambda dJ(x) + x / delta in units of lambda,
///                                and with noise ||r + noise_norm y / ||y|| || / ||b||: r is as long as it may be, along -y
///                    gap         of F(x) and <b, y'> - noise_norm ||y'|| - F^*(A^T y'), y' the feasible share of y
///     penalised      kkt         the distance of -A^T r from lambda dJ(x) + x / delta in units of lambda
///                    gap         of ||r||^2 / 2 + F(x) and <b, y'> - ||y'||^2 / 2 - F^*(A^T y'), here of the quadratic loss
///                                without an intercept; penalised_certificate.hpp has all losses
///     feasibility    feasibility, as above; kkt and gap are not known
///     least_squares  kkt         max |A^T r| on the support of x, over max |A^T b| (`data_gradient`)
///                    objective   ||r||^2 / 2
///
/// where F(x) = lambda J(x) + ||x||^2 / (2 delta). A gap is relative to the larger of its two values, and NaN where J is no
/// seminorm and delta infinite. The gap of a constrained problem may be negative as long as x is not feasible.
template <class T>
certificate<real_of<T>> certify_from(const problem_statement<T>& problem, const dense_vector<T>& b,
                                     const dense_vector<T>& x, const dense_vector<T>& y, const dense_vector<T>& z,
                                     const dense_vector<T>& residual, const dense_vector<T>& gradient,
                                     real_of<T> data_gradient) {
    using real = real_of<T>;
    certificate<real> seen;
    seen.problem = problem.kind;
    const real data = b.norm(), scale = data > real(0) ? data : real(1), size = residual.norm();
    const primal_map<T> map = problem.map();
    seen.noise_norm = problem.noise_norm;
    if (problem.kind == problem_kind::feasibility) {
        seen.feasibility = std::max(size - problem.noise_norm, real(0)) / scale;
        return seen;
    }
    if (problem.kind == problem_kind::least_squares) {
        seen.feasibility = 0;
        seen.objective = size * size / 2;
        seen.kkt = 0;
        for (index_t i = 0; i < x.size(); ++i)
            if (x[i] != T(0)) seen.kkt = std::max(seen.kkt, real(std::abs(gradient[i])));
        if (data_gradient > real(0)) seen.kkt /= data_gradient;
        return seen;
    }
    seen.lambda = problem.lambda;
    seen.delta = problem.delta;
    const real regularization = map.objective(x);
    if (problem.kind == problem_kind::penalised) {
        seen.noise_norm = 0;
        seen.feasibility = 0;
        seen.kkt = map.stationarity(-gradient, x);
        seen.objective = size * size / 2 + regularization;
        seen.gap = relative_gap(seen.objective, dual_objective(problem.loss, map, b, y, z));
        return seen;
    }
    const auto [dual, share] = contract::dual_of_regularizer(map, z);
    const real length = y.norm(), linear = share * inner(b, y);
    seen.feasibility = std::max(size - problem.noise_norm, real(0)) / scale;
    seen.kkt = std::max(seen.feasibility, map.stationarity(z, x));
    if (problem.noise_norm > real(0) && length > real(0))
        seen.kkt = std::max(seen.kkt, (residual + (problem.noise_norm / length) * y).norm() / scale);
    seen.objective = regularization;
    seen.gap = relative_gap(seen.objective, linear - problem.noise_norm * share * length + dual);
    return seen;
}

/// The certificate of a penalised problem, of any loss, with an intercept or without: of x and of y, or of y = -l'(A x + c)
/// where y is empty. A y whose sum is not 0 where there is an intercept is balanced first.
template <class A, class T>
certificate<real_of<T>> certify_penalised(const problem_statement<T>& problem, const A& a, const dense_vector<T>& b,
                                          const dense_vector<T>& x, const dense_vector<T>& y) {
    const primal_map<T> map = problem.map();
    dense_vector<T> image, u, gradient, z, dual = y;
    a.apply(x, image);
    if (problem.intercept) image.array() += *problem.intercept;
    problem.loss.gradient(image, b, u);
    a.apply_transposed(u, gradient);
    if (y.size() == 0) dual = -u;
    if (problem.intercept) balance(dual);
    if (y.size() == 0 && !problem.intercept)
        z = -gradient;
    else
        a.apply_transposed(dual, z);
    certificate<real_of<T>> seen;
    seen.problem = problem.kind;
    seen.lambda = problem.lambda;
    seen.delta = problem.delta;
    seen.feasibility = 0;
    seen.kkt = penalised_kkt(map, problem.intercept.has_value(), x, u, gradient, slope_at_zero(problem.loss, b));
    seen.objective = problem.loss.value(image, b) + map.objective(x);
    seen.gap = relative_gap(seen.objective, dual_objective(problem.loss, map, b, dual, z));
    return seen;
}

/// The certificate of (x, y) from A and b, at two products with A^T and one with A: of constrained problems y is their dual
/// variable, of penalised ones b - A x is a good one, -l'(A x + c) of any loss. An empty y is 0, and that good one where the
/// problem is penalised.
template <class A, class B, class T = scalar_of<B>>
certificate<real_of<T>> certify(const problem_statement<T>& problem, const A& matrix, const B& data,
                                const dense_vector<T>& x, const std::type_identity_t<dense_vector<T>>& y = {}) {
    const auto& a = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    require(b.size() == a.rows(), "size of b", b.size(), "the rows of A", "pass one measurement per row of A");
    require(x.size() == a.cols(), "size of x", x.size(), "the columns of A", "pass the x of a result");
    require(y.size() == 0 || y.size() == a.rows(), "size of y", y.size(), "the rows of A",
            "pass the dual variable of a result");
    problem.validate(a.cols());
    if (problem.kind == problem_kind::penalised) {
        problem.loss.validate(b, problem.intercept.has_value());
        return certify_penalised(problem, a, b, x, y);
    }
    const dense_vector<T> dual = y.size() == 0 ? dense_vector<T>(dense_vector<T>::Zero(b.size())) : y;
    dense_vector<T> z, residual, gradient, data_gradient;
    a.apply_transposed(dual, z);
    a.apply(x, residual);
    residual -= b;
    a.apply_transposed(residual, gradient);
    real_of<T> largest = 0;
    if (problem.kind == problem_kind::least_squares) {
        a.apply_transposed(b, data_gradient);
        largest = data_gradient.template lpNorm<Eigen::Infinity>();
    }
    return certify_from(problem, b, x, dual, z, residual, gradient, largest);
}

} // namespace bregman
