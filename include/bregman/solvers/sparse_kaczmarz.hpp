#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/base/random.hpp>
#include <bregman/operators/dense.hpp>
#include <bregman/solvers/consistency.hpp>
#include <bregman/solvers/dual_problem.hpp>
#include <bregman/solvers/stop_rule.hpp>

namespace bregman {

/// Settings of sparse_kaczmarz, T the scalar of b: float or double.
template <class T = double>
struct sparse_kaczmarz_settings {
    double lambda = 1;       ///< > 0
    double delta = 0;        ///< > 0; 0: delta_factor * max|x| / lambda from the Cauchy step's max|x|
    double delta_factor = 5; ///< > 0, finite; larger is nearer to basis pursuit and slower
    bool exact = true;       ///< a_i'x = b_i holds after each step; otherwise t = (a_i'x - b_i) / (delta ||a_i||^2)
    std::uint64_t seed = 0;  ///< of the rows' order
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the dual variable of an earlier result (m elements), or empty

    void validate() const {
        require(lambda > 0 && is_finite(lambda), "lambda", lambda, "> 0", "1 is the default");
        require(delta >= 0 && is_finite(delta), "delta", delta, ">= 0", "0 finds it from max|x|");
        require(delta_factor > 0 && is_finite(delta_factor), "delta_factor", delta_factor, "> 0, finite",
                "5 is the default");
    }
};

/// Row i with probability ||a_i||^2 / ||A||_F^2, by position in a counter-based random sequence.
template <class T>
class row_sampler {
  public:
    row_sampler(const dense_vector<T>& squares, std::uint64_t seed) : random_(seed, 11) {
        double sum = 0;
        for (index_t i = 0; i < squares.size(); ++i) cumulative_.push_back(sum += double(squares[i]));
    }
    index_t operator()(std::int64_t step) const {
        const double at = random_.uniform(std::uint64_t(step)) * cumulative_.back();
        const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
        return std::min(index_t(found - cumulative_.begin()), index_t(cumulative_.size()) - 1);
    }

  private:
    counter_random random_;
    std::vector<double> cumulative_;
};

/// Randomised sparse Kaczmarz (Lorenz, Wenger, Schoepfer, Magnor 2014; Schoepfer, Lorenz 2019): linearised
/// Bregman iteration by single rows,
///
///     z <- z - t a_i,      x = delta shrink(z, lambda),
///
/// for min lambda ||x||_1 + ||x||^2 / (2 delta) subject to A x = b. With the exact step a_i'x = b_i holds
/// after each step, O(n log n); the other is O(n). A is a dense matrix (a column-major one is copied by rows
/// once). iterations counts rows; m rows make one operator pair, after which the residual is looked at and
/// the observer called. result.dual is y with z = A^T y; `warm_start` takes it back.
template <class A, class B>
solver_result<scalar_of<B>> sparse_kaczmarz(const A& matrix, const B& data,
                                            const sparse_kaczmarz_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    static_assert(contract::eigen_dense<A>, "bregman: sparse_kaczmarz takes the rows of A, a dense Eigen matrix");
    settings.validate();
    const auto op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    metered_operator<std::remove_cvref_t<decltype(op)>, T> a(op);
    stop_monitor<T> monitor(settings.stop, b.norm(), settings.observer);
    const dense_vector<T> transposed_data = checked_transposed_data(a, b);
    require_start(settings.warm_start, b.size(), "warm_start (dual variable)");

    const primal_map<T> primal{{}, {}, T(settings.lambda), chosen_delta(a, transposed_data, settings)};
    // The columns of A^T: rows contiguous in memory.
    const dense_matrix<T> rows = a.get().get().transpose();
    const dense_vector<T> squares = rows.colwise().squaredNorm().transpose();
    const row_sampler<T> sample(squares, settings.seed);

    solver_result<T> result;
    dense_vector<T> z = dense_vector<T>::Zero(a.cols()), residual, w;
    result.dual =
        settings.warm_start.size() > 0 ? settings.warm_start : dense_vector<T>(dense_vector<T>::Zero(b.size()));
    if (settings.warm_start.size() > 0) a.apply_transposed(result.dual, z);
    primal(z, result.x);
    certificate<T> seen;
    seen.problem = problem_kind::constrained;
    consistency_watch<T> consistency(settings.stop, monitor.scale(), 50);
    for (std::int64_t k = 0;; ++k) {
        if (k % b.size() == 0 || k >= settings.stop.max_iterations) {
            a.residual(result.x, b, residual);
            seen.feasibility = std::max(residual.norm() - T(settings.stop.noise_norm), T(0)) / monitor.scale();
            if (monitor.ends(result, k, residual.norm(), seen, a.pairs())) break;
            if (consistency.refutes(a, b, residual.norm())) {
                monitor.give_up(result, solver_stop::stagnation);
                break;
            }
        }
        a.add_pairs(1 / double(b.size()));
        const index_t i = sample(k);
        if (!(squares[i] > T(0))) continue;
        const T error = rows.col(i).dot(result.x) - b[i];
        if (error == T(0)) continue;
        // Along +a_i or -a_i, whichever reduces the error.
        const T toward = sign(error);
        w = toward * rows.col(i);
        const T t = settings.exact ? exact_step(z, w, primal.lambda, primal.delta, toward * b[i])
                                   : std::abs(error) / (primal.delta * squares[i]);
        if (!is_finite(t)) continue;
        z -= t * w;
        result.dual[i] -= t * toward;
        primal(z, result.x);
    }
    if (result.reason != solver_stop::discrepancy) {
        a.residual(result.x, b, residual);
        result.certificate = dual_certificate(a, b, primal, result.x, result.dual, residual, settings.stop.noise_norm);
    }
    result.operator_pairs = a.pairs();
    result.seconds = monitor.seconds();
    return result;
}

/// Complex data is refused in words.
template <class A, class B>
    requires(!std::is_same_v<scalar_of<B>, real_of<scalar_of<B>>>)
void sparse_kaczmarz(const A&, const B&, const sparse_kaczmarz_settings<scalar_of<B>>& = {}) {
    static_assert(std::is_floating_point_v<scalar_of<B>>,
                  "bregman: sparse_kaczmarz takes real numbers; linearised_bregman takes complex ones");
}

} // namespace bregman
