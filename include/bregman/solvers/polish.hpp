#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/base/random.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/restricted_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of polish.
struct polish_settings {
    double tolerance = 1e-10; ///< conjugate gradients stop at ||A_S^T r|| <= tolerance * ||A^T b||_inf
    int max_iterations = 500; ///< of conjugate gradients
    double negligible = 1e-7; ///< entries below this share of max|x| leave the support
    double significance = 0;  ///< with noise: so do entries below this many standard errors; 3 or 4 is usual
    int rounds = 10;          ///< of solving and dropping entries, at most
    bool certify = true;      ///< also make a dual certificate of basis pursuit

    void validate() const {
        require(tolerance > 0, "tolerance", tolerance, "> 0", "1e-10 is the default");
        require(max_iterations >= 1, "max_iterations", max_iterations, ">= 1", "500 is the default");
        require(negligible >= 0 && negligible < 1, "negligible", negligible, "[0, 1)", "1e-7 is the default");
        require(significance >= 0, "significance", significance, ">= 0", "0 keeps every entry");
        require(rounds >= 1, "rounds", rounds, ">= 1", "10 is the default");
    }
};

/// How conjugate_gradient_least_squares ends.
struct least_squares_stop {
    double gradient_norm = 0; ///< at ||A^T r|| <= this
    double residual_norm = 0; ///< at ||r|| <= this
    int max_iterations = 500;
    double least_progress = 1; ///< when an iteration leaves more than this share of ||r||, in (0, 1]; 1: never
};

/// min ||A x - b|| by conjugate gradients on the normal equations (CGLS; Bjorck 1996, section 7.4), from x
/// and r = b - A x, which are improved in place.
template <class A, class T>
void conjugate_gradient_least_squares(A& a, dense_vector<T>& x, dense_vector<T>& r, const least_squares_stop& stop) {
    dense_vector<T> s, p, q;
    a.apply_transposed(r, s);
    p = s;
    T gamma = s.squaredNorm(), size = r.norm();
    for (int i = 0; i < stop.max_iterations; ++i) {
        if (double(std::sqrt(gamma)) <= stop.gradient_norm || double(size) <= stop.residual_norm) return;
        a.apply(p, q);
        const T curvature = q.squaredNorm();
        if (!(curvature > T(0))) return;
        x += (gamma / curvature) * p;
        r -= (gamma / curvature) * q;
        const T before = size;
        size = r.norm();
        if (stop.least_progress < 1 && size > T(stop.least_progress) * before) return;
        a.apply_transposed(r, s);
        const T next = s.squaredNorm();
        p = s + (next / gamma) * p;
        gamma = next;
    }
}

/// The solution of A^T y = c nearest to y: y <- y + A u with A^T A u = c - A^T y, by conjugate gradients.
template <class A, class T>
void correct_dual(A& a, const dense_vector<T>& c, dense_vector<T>& y, T tolerance, int max_iterations) {
    dense_vector<T> r, p, q, image;
    a.apply_transposed(y, r);
    r = c - r;
    p = r;
    T gamma = r.squaredNorm();
    const T enough = tolerance * c.norm();
    for (int i = 0; i < max_iterations && std::sqrt(gamma) > enough; ++i) {
        a.apply(p, image);
        const T curvature = image.squaredNorm();
        if (!(curvature > T(0))) break;
        a.apply_transposed(image, q);
        const T alpha = gamma / curvature;
        y += alpha * image;
        r -= alpha * q;
        const T next = r.squaredNorm();
        p = r + (next / gamma) * p;
        gamma = next;
    }
}

/// The mean of ||a_j||^2 over the columns of A, from one product with random signs.
template <class A, class T>
T mean_column_squares(metered_operator<A, T>& a) {
    const counter_random random(0, 23);
    dense_vector<T> signs(a.rows()), image;
    for (index_t i = 0; i < signs.size(); ++i) signs[i] = random.uniform(std::uint64_t(i)) < 0.5 ? T(-1) : T(1);
    a.apply_transposed(signs, image);
    return image.squaredNorm() / T(image.size());
}

/// Least squares on the support of x (debiasing), with proofs:
///
///     x_S = argmin ||A_S x_S - b||,   S = support of x, without the entries that come out negligible
///
/// In the presence of noise `significance` drops entries below that many standard errors
/// sigma / (||a_j|| sqrt(1 - |S|/m)), sigma^2 = ||r||^2 / (m - |S|), ||a_j|| from the mean over columns; then
/// solves again. certificate::kkt is ||A_S^T(A x - b)||_inf / ||A^T b||_inf. With `certify`, result.dual is
/// the y nearest to `dual` (0 where empty; pass that of linearised_bregman, divided by lambda) for which
/// A_S^T y = sign(x_S), and certificate::gap the gap of basis pursuit that it proves: 0 when x solves
/// min ||x||_1 subject to A x = b. A has to be of full rank on S; |S| <= m is required.
template <class A, class T>
solver_result<T> polish(const A& matrix, const dense_vector<T>& b, const dense_vector<T>& x,
                        const polish_settings& settings = {}, const dense_vector<T>& dual = {}) {
    settings.validate();
    const auto& op = as_operator(matrix);
    using op_type = std::remove_cvref_t<decltype(op)>;
    metered_operator<op_type, T> a(op);
    no_observer observer;
    stop_monitor<T, no_observer> clock(stop_rule{}, b.norm(), observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require(x.size() == a.cols(), "size of x", x.size(), "the columns of A", "pass the x of a result");
    require(all_finite(x), "x", "NaN or infinite", "finite numbers", "pass the x of a result");
    require_start(dual, b.size(), "dual");

    const T scale = std::max(transposed_data.template lpNorm<Eigen::Infinity>(), std::numeric_limits<T>::min());
    solver_result<T> result;
    result.reason = solver_stop::kkt;
    result.x = x;
    const T column = settings.significance > 0 ? std::sqrt(mean_column_squares(a)) : T(1);
    dense_vector<T> part_x, r, s;
    for (int round = 0; round < settings.rounds; ++round) {
        restricted_operator<op_type, T> part(a, support_of(result.x));
        require(part.cols() <= part.rows(), "support of x", part.cols(), "at most the rows of A",
                "polish a sparser x: stop the solver later, or threshold x first");
        part.gather(result.x, part_x);
        part.apply(part_x, r);
        r = b - r;
        conjugate_gradient_least_squares(
            part, part_x, r,
            {.gradient_norm = settings.tolerance * double(scale), .max_iterations = settings.max_iterations});
        ++result.iterations;
        part.scatter(part_x, result.x);
        if (part.cols() == 0) break;
        T floor = T(settings.negligible) * part_x.template lpNorm<Eigen::Infinity>();
        if (const index_t freedom = part.rows() - part.cols(); settings.significance > 0 && freedom > 0) {
            const T error = r.norm() / std::sqrt(T(freedom)) / (column * std::sqrt(T(freedom) / T(part.rows())));
            floor = std::max(floor, T(settings.significance) * error);
        }
        if (part_x.cwiseAbs().minCoeff() >= floor) break;
        result.x = (result.x.array().abs() < floor).select(T(0), result.x);
    }

    a.apply_transposed(r, s);
    result.certificate.kkt = (result.x.array() == T(0)).select(T(0), s).cwiseAbs().maxCoeff() / scale;
    result.relative_residual = r.norm() / clock.scale();
    if (settings.certify) {
        restricted_operator<op_type, T> part(a, support_of(result.x));
        part.gather(result.x, part_x);
        part_x = part_x.unaryExpr([](T value) { return sign(value); }).eval();
        result.dual = dual.size() > 0 ? dual : dense_vector<T>(dense_vector<T>::Zero(b.size()));
        correct_dual(part, part_x, result.dual, T(settings.tolerance), settings.max_iterations);
        a.apply_transposed(result.dual, s);
        result.certificate.gap = certify_basis_pursuit<T>(b, result.x, result.dual, s, -r).gap;
    }
    result.operator_pairs = a.pairs();
    result.seconds = clock.seconds();
    return result;
}

} // namespace bregman
