#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/base/random.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/conjugate_gradient.hpp>
#include <bregman/solvers/restricted_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of polish, T the scalar of b.
template <class T = double>
struct polish_settings {
    double tolerance = 1e-10;  ///< conjugate gradients stop at ||A_S^T r|| <= tolerance * ||A^T b||_inf
    int max_iterations = 500;  ///< of conjugate gradients
    double negligible = 1e-7;  ///< entries below this share of max|x| leave the support
    double significance = 0;   ///< with noise: so do entries below this many standard errors; 3 or 4 is usual
    int rounds = 10;           ///< of solving and dropping entries, at most
    bool certify = true;       ///< also make a dual certificate of basis pursuit, where A x = b
    double feasible = 1e-6;    ///< A x = b holds where ||A x - b|| <= this * ||b||
    double proven = 1e-6;      ///< and x solves basis pursuit where the certificate's kkt is at most this
    dense_vector<T> dual = {}; ///< where the search for a certificate starts: of linearised_bregman, divided by lambda

    void validate() const {
        require(tolerance > 0, "tolerance", tolerance, "> 0", "1e-10 is the default");
        require(max_iterations >= 1, "max_iterations", max_iterations, ">= 1", "500 is the default");
        require(negligible >= 0 && negligible < 1, "negligible", negligible, "[0, 1)", "1e-7 is the default");
        require(significance >= 0, "significance", significance, ">= 0", "0 keeps every entry");
        require(rounds >= 1, "rounds", rounds, ">= 1", "10 is the default");
        require(feasible > 0, "feasible", feasible, "> 0", "1e-6 is the default");
        require(proven > 0, "proven", proven, "> 0", "1e-6 is the default");
    }
};

/// A^T of an operator, as an operator.
template <class A>
struct adjoint_of {
    A& a;
    index_t rows() const { return a.cols(); }
    index_t cols() const { return a.rows(); }
    template <class T>
    void apply(const dense_vector<T>& y, dense_vector<T>& x) const {
        a.apply_transposed(y, x);
    }
    template <class T>
    void apply_transposed(const dense_vector<T>& x, dense_vector<T>& y) const {
        a.apply(x, y);
    }
};

/// The y nearest to the one given among those that come nearest to A^T y = c.
template <class A, class T>
void correct_dual(A& a, const dense_vector<T>& c, dense_vector<T>& y, real_of<T> tolerance, int max_iterations) {
    dense_vector<T> r, scale;
    a.apply_transposed(y, r);
    r = c - r;
    a.apply(c, scale);
    const adjoint_of<A> transposed{a};
    conjugate_gradient_least_squares(transposed, y, r,
                                     {.gradient_norm = double(tolerance * scale.norm()),
                                      .residual_norm = double(tolerance * c.norm()),
                                      .max_iterations = max_iterations});
}

/// The mean of ||a_j||^2 over the columns of A, from one product with random signs.
template <class A, class T>
real_of<T> mean_column_squares(metered_operator<A, T>& a) {
    const counter_random random(0, 23);
    dense_vector<T> signs(a.rows()), image;
    for (index_t i = 0; i < signs.size(); ++i) signs[i] = random.uniform(std::uint64_t(i)) < 0.5 ? T(-1) : T(1);
    a.apply_transposed(signs, image);
    return image.squaredNorm() / real_of<T>(image.size());
}

/// Least squares on the support of x (debiasing), with proofs:
///
///     x_S = argmin ||A_S x_S - b||,   S = support of x, without the entries that come out negligible
///
/// In the presence of noise `significance` drops entries below that many standard errors
/// sigma / (||a_j|| sqrt(1 - |S|/m)), sigma^2 = ||r||^2 / (m - |S|), ||a_j|| from the mean over columns; then
/// solves again. Where A x = b holds and `certify` is on, result.dual is the y nearest to `settings.dual` (0 where empty)
/// for which A_S^T y = sign(x_S), the certificate is that of basis pursuit with this y, and reason is kkt when that proves
/// that x solves min ||x||_1 subject to A x = b. Otherwise reason is least_squares, which claims no more, and the
/// certificate that of least squares on the support; max_iterations when conjugate gradients did not finish. |S| <= m is
/// required.
template <class A, class B>
solver_result<scalar_of<B>> polish(const A& matrix, const B& data, const dense_vector<scalar_of<B>>& x,
                                   const polish_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    const auto begin = std::chrono::steady_clock::now();
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require(x.size() == a.cols(), "size of x", x.size(), "the columns of A", "pass the x of a result");
    require(all_finite(x), "x", "NaN or infinite", "finite numbers", "pass the x of a result");
    require_start(settings.dual, b.size(), "dual");

    const real largest = transposed_data.template lpNorm<Eigen::Infinity>();
    const real scale = std::max(largest, std::numeric_limits<real>::min());
    solver_result<T> result;
    result.x = x;
    const real column = settings.significance > 0 ? std::sqrt(mean_column_squares(a)) : real(1);
    dense_vector<T> part_x, r, s;
    bool finished = true;
    for (int round = 0; round < settings.rounds; ++round) {
        restricted_operator<op_type, T> part(a, support_of(result.x));
        require(part.cols() <= part.rows(), "support of x", part.cols(), "at most the rows of A",
                "polish a sparser x: stop the solver later, or threshold x first");
        part.gather(result.x, part_x);
        part.apply(part_x, r);
        r = b - r;
        finished = conjugate_gradient_least_squares(
            part, part_x, r,
            {.gradient_norm = settings.tolerance * double(scale), .max_iterations = settings.max_iterations});
        ++result.iterations;
        part.scatter(part_x, result.x);
        if (part.cols() == 0) break;
        real floor = real(settings.negligible) * part_x.template lpNorm<Eigen::Infinity>();
        if (const index_t freedom = part.rows() - part.cols(); settings.significance > 0 && freedom > 0) {
            const real error =
                r.norm() / std::sqrt(real(freedom)) / (column * std::sqrt(real(freedom) / real(part.rows())));
            floor = std::max(floor, real(settings.significance) * error);
        }
        if (part_x.cwiseAbs().minCoeff() >= floor) break;
        result.x = (result.x.array().abs() < floor).select(T(0), result.x);
    }

    result.best_iteration = result.iterations;
    const real data_norm = b.norm();
    result.relative_residual = r.norm() / (data_norm > real(0) ? data_norm : real(1));
    result.reason = finished ? solver_stop::least_squares : solver_stop::max_iterations;
    const dense_vector<T> residual = -r;
    if (settings.certify && result.relative_residual <= real(settings.feasible)) {
        restricted_operator<op_type, T> part(a, support_of(result.x));
        part.gather(result.x, part_x);
        part_x = part_x.unaryExpr([](const T& value) { return T(value / std::abs(value)); }).eval();
        result.dual = settings.dual.size() > 0 ? settings.dual : dense_vector<T>(dense_vector<T>::Zero(b.size()));
        correct_dual(part, part_x, result.dual, real(settings.tolerance), settings.max_iterations);
        a.apply_transposed(result.dual, s);
        result.certificate = certify_from<T>({}, b, result.x, result.dual, s, residual, {}, 0);
        if (result.certificate.kkt <= real(settings.proven)) result.reason = solver_stop::kkt;
    } else {
        a.apply_transposed(residual, s);
        result.certificate =
            certify_from<T>({.kind = problem_kind::least_squares}, b, result.x, r, s, residual, s, largest);
    }
    result.operator_pairs = a.pairs();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

} // namespace bregman
