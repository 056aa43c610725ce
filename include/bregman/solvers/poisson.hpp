#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/metered_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// The mirror map of poisson_descent.
enum class poisson_mirror {
    entropy, ///< phi = sum x log x:  x <- x exp(-t g), exponentiated gradient
    burg     ///< phi = -sum log x:   x <- x / (1 + t x g)
};

/// Settings of poisson_descent, T the scalar of b: float or double.
template <class T = double>
struct poisson_settings {
    poisson_mirror mirror = poisson_mirror::burg; ///< what the step is multiplied by
    double background = 0;                        ///< expected counts that do not come from x, >= 0
    double lambda = 0;                            ///< weight of sum x, >= 0: sparsity
    double growth = 2;                            ///< the step grows by this after each accepted one, >= 1
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< a positive x (n elements); empty: the constant with sum A x = sum b

    void validate() const {
        require(background >= 0 && is_finite(background), "background", background, ">= 0, finite",
                "0 is no background");
        require(lambda >= 0 && is_finite(lambda), "lambda", lambda, ">= 0, finite", "0 is no regularization");
        require(growth >= 1 && is_finite(growth), "growth", growth, ">= 1, finite", "2 is the default");
    }
};

/// The Kullback-Leibler divergence sum b log(b / p) - b + p of expected counts p from counts b; infinity
/// where p = 0 < b.
template <class T>
T poisson_divergence(const dense_vector<T>& b, const dense_vector<T>& p) {
    double sum = 0; // large terms of both signs: float loses the sum
    for (index_t i = 0; i < b.size(); ++i) {
        if (b[i] > T(0) && !(p[i] > T(0))) return infinity_of<T>();
        sum += double(p[i]) - double(b[i]);
        if (b[i] > T(0)) sum += double(b[i]) * std::log(double(b[i]) / double(p[i]));
    }
    return T(std::max(0.0, sum));
}

/// One step of a mirror map on the positive orthant, and the Bregman divergence D(new, old) that it made.
template <class T>
T mirror_step(poisson_mirror mirror, const dense_vector<T>& x, const dense_vector<T>& g, T t, dense_vector<T>& moved) {
    double divergence = 0;
    moved.resize(x.size());
    for (index_t i = 0; i < x.size(); ++i) {
        if (mirror == poisson_mirror::entropy) {
            moved[i] = x[i] * std::exp(-t * g[i]);
            divergence += double(x[i]) - double(moved[i]) - double(moved[i]) * double(t * g[i]);
        } else {
            const T denominator = 1 + t * x[i] * g[i];
            if (!(denominator > T(0))) return infinity_of<T>();
            moved[i] = x[i] / denominator;
            divergence += 1 / double(denominator) + std::log(double(denominator)) - 1;
        }
    }
    return T(divergence);
}

/// Mirror descent on Poisson data: counts b with mean A x + background, x >= 0,
///
///     minimise  f(x) = KL(b, A x + background) + lambda sum x,        g = A^T(1 - b / (A x + background)) +
///     lambda
///
/// with the entropy (x <- x exp(-t g)) or Burg's mirror map (x <- x / (1 + t x g)); f is smooth relative to
/// the latter with constant sum b (Bauschke, Bolte, Teboulle 2017). The step t is accepted when
/// f(new) <= f(x) + <g, new - x> + D(new, x) / t and halved otherwise, so that f never increases; a trial
/// costs half a pair. A has to map x > 0 to A x > 0.
///
/// Deblurring and tomography fit noise when they run on: stop by discrepancy. Here the residual is
/// sqrt(2 KL), whose expectation is about sqrt(m) at the true x, so that `noise_norm = sqrt(m)`;
/// relative_residual is sqrt(2 KL / m). kkt is max(sum |x_i g_i| / sum b, max(-g_i / ((A^T 1)_i + lambda))); no
/// gap.
template <class A, class B>
solver_result<scalar_of<B>> poisson_descent(const A& matrix, const B& data,
                                            const poisson_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    const auto& start = settings.warm_start;
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T> monitor(settings.stop, std::sqrt(T(b.size())), settings.observer);
    checked_transposed_data(a, b);
    require(b.minCoeff() >= T(0), "counts b", b.minCoeff(), ">= 0",
            "subtract nothing from Poisson data: pass background");
    require(b.sum() > T(0), "sum of counts b", b.sum(), "> 0", "there must be a count");
    require_start(start, a.cols(), "warm_start (x)");
    require(start.size() == 0 || start.minCoeff() > T(0), "warm_start (x)", start.size() ? start.minCoeff() : T(1),
            "> 0", "mirror descent cannot leave 0");

    const T background = T(settings.background), lambda = T(settings.lambda), total = b.sum();
    dense_vector<T> sensitivity, expected, moved_expected, g, moved;
    a.apply_transposed(dense_vector<T>::Ones(b.size()), sensitivity);
    require(sensitivity.sum() > T(0), "sum of A", sensitivity.sum(), "> 0", "A must map positive x to positive counts");
    solver_result<T> result;
    result.x =
        start.size() > 0 ? start : dense_vector<T>(dense_vector<T>::Constant(a.cols(), total / sensitivity.sum()));
    auto expect = [&](const dense_vector<T>& x, dense_vector<T>& p) {
        a.apply(x, p);
        p.array() += background;
    };
    expect(result.x, expected);
    T divergence = poisson_divergence(b, expected);
    require(is_finite(divergence), "expected counts at the start", expected.minCoeff(), "> 0 where b > 0",
            "A must map x > 0 to A x > 0: remove empty rows, or pass a background");

    T t = settings.mirror == poisson_mirror::burg ? 1 / total : T(result.x.size()) / total;
    for (std::int64_t k = 0;; ++k) {
        moved = (1 - b.array() / expected.array().max(std::numeric_limits<T>::min())).matrix();
        a.apply_transposed(moved, g);
        g.array() += lambda;
        const T complementarity = result.x.cwiseProduct(g).template lpNorm<1>() / total;
        // Relative to each unknown's own part of A: one in small units is not lost beside the others.
        T negative = 0;
        for (index_t i = 0; i < g.size(); ++i)
            if (g[i] < T(0)) negative = std::max(negative, -g[i] / (sensitivity[i] + lambda));
        certificate<T> seen;
        seen.problem = problem_kind::penalised;
        seen.lambda = lambda;
        seen.feasibility = 0;
        seen.kkt = std::max(complementarity, negative);
        seen.objective = divergence + lambda * result.x.sum();
        if (monitor.ends(result, k, std::sqrt(2 * divergence), seen, a.pairs())) return result;

        const T value = divergence + lambda * result.x.sum();
        for (int halvings = 0;; ++halvings, t /= 2) {
            if (halvings == 60) {
                monitor.give_up(result, solver_stop::stagnation);
                return result;
            }
            const T moved_by = mirror_step(settings.mirror, result.x, g, t, moved);
            if (!is_finite(moved_by)) continue;
            expect(moved, moved_expected);
            const T moved_divergence = poisson_divergence(b, moved_expected);
            const T bound = value + g.dot(moved - result.x) + moved_by / t;
            const T rounding = 4 * std::numeric_limits<T>::epsilon() * std::max(value, total);
            if (!(moved_divergence + lambda * moved.sum() <= bound + rounding)) continue;
            divergence = moved_divergence;
            break;
        }
        result.x.swap(moved);
        expected.swap(moved_expected);
        t *= T(settings.growth);
    }
}

/// Complex data is refused in words.
template <class A, class B>
    requires(!std::is_same_v<scalar_of<B>, real_of<scalar_of<B>>>)
void poisson_descent(const A&, const B&, const poisson_settings<scalar_of<B>>& = {}) {
    static_assert(std::is_floating_point_v<scalar_of<B>>,
                  "bregman: counts are real numbers: poisson_descent takes no complex ones");
}

} // namespace bregman
