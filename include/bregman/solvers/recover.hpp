#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/linearised_bregman.hpp>
#include <bregman/solvers/polish.hpp>
#include <bregman/solvers/support_completion.hpp>

namespace bregman {

/// Settings of recover_sparse, T the scalar of b.
template <class T = double>
struct recover_settings {
    linearised_bregman_settings<T> bregman = {.delta_factor =
                                                  10}; ///< its stop, observer and warm start are those below
    double first_attempt = 0.6;                        ///< of completing the support: when ||A x - b|| <= this * ||b||
    double next_attempt = 0.3;    ///< when the residual has fallen by this since the last attempt, in (0, 1]
    double threshold = 3.2;       ///< an entry enters when |A^T r| is above this many standard deviations
    double largest_support = 0.5; ///< of the rows: larger supports are not tried, in (0, 1]
    int stages = 3;               ///< how often linearised Bregman is tried while what it finds is not sparse, >= 1,
    double delta_growth = 10;     ///< each time with a delta larger by this factor, > 1
    bool certify = true; ///< also prove basis pursuit, where A gives its columns (few pairs); otherwise `polish` can
    double significance = 3; ///< with noise: entries below this many standard errors are dropped
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< the dual variable of an earlier result (m elements), or empty

    void validate() const {
        require(first_attempt > 0, "first_attempt", first_attempt, "> 0", "0.6 is the default");
        require(next_attempt > 0 && next_attempt <= 1, "next_attempt", next_attempt, "(0, 1]", "0.3 is the default");
        require(threshold > 0, "threshold", threshold, "> 0", "3.2 is the default");
        require(largest_support > 0 && largest_support <= 1, "largest_support", largest_support, "(0, 1]",
                "0.5 is the default");
        require(stages >= 1, "stages", stages, ">= 1", "3 is the default");
        require(delta_growth > 1 && is_finite(delta_growth), "delta_growth", delta_growth, "> 1, finite",
                "10 is the default");
        require(significance >= 0, "significance", significance, ">= 0", "0 keeps every entry");
    }
};

/// One call of recover_sparse: what its parts share.
template <class A, class T>
class sparse_recovery_run {
    using real = real_of<T>;

  public:
    sparse_recovery_run(const A& op, const dense_vector<T>& b, const recover_settings<T>& settings)
        : op_(op), b_(b), settings_(settings), a_(op),
          completion_(a_, b_,
                      {settings.first_attempt, settings.next_attempt, settings.threshold, settings.largest_support},
                      settings.stop) {}

    solver_result<T> solve() {
        settings_.stop.validate();
        auto bregman = settings_.bregman;
        bregman.warm_start = settings_.warm_start;
        bregman.observer = [this](const solver_progress<T>& now) { return sees(now); };
        solver_result<T> result, interpolator;
        for (int stage = 0;;
             ++stage, bregman.delta_factor *= settings_.delta_growth, bregman.delta *= settings_.delta_growth) {
            bregman.stop = rest_of(settings_.stop);
            result = linearised_bregman(op_, b_, bregman);
            best_iteration_ = iterations_ + result.best_iteration;
            iterations_ += result.iterations;
            pairs_ += result.operator_pairs;
            if (completion_.solved()) {
                take_solution(result, completion_.x(), -completion_.left());
                break;
            }
            if (result.solved() && is_sparse_answer(result.x, b_.size())) break;
            if (stage > 0 && !result.solved()) {
                result = interpolator; // which is at least a solution
                break;
            }
            if (!result.solved()) break;
            result.reason = solver_stop::not_sparse;
            const bool last = stage + 1 >= settings_.stages || b_.size() >= op_.cols() ||
                              settings_.stop.noise_norm > 0 || iterations_ >= settings_.stop.max_iterations;
            if (last) break;
            result.best_iteration = best_iteration_;
            interpolator = result;
            completion_.begin_anew();
        }
        if (result.reason != solver_stop::not_sparse) result.best_iteration = best_iteration_;
        if (result.reason == solver_stop::discrepancy) drop_insignificant(result);
        if (result.reason == solver_stop::stagnation || result.reason == solver_stop::diverged) fit_support(result);
        result.iterations = iterations_;
        result.operator_pairs = pairs_ + a_.pairs();
        result.seconds = seconds();
        return result;
    }

  private:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

    stop_rule rest_of(stop_rule rule) const {
        rule.max_iterations = std::max<std::int64_t>(rule.max_iterations - iterations_, 0);
        if (rule.seconds > 0) rule.seconds = std::max(rule.seconds - seconds(), 1e-9);
        return rule;
    }

    /// The observer of linearised_bregman: shows the user the whole run, and ends it when x can be completed.
    bool sees(const solver_progress<T>& now) {
        const solver_progress<T> all{iterations_ + now.iteration,
                                     now.relative_residual,
                                     now.certificate,
                                     pairs_ + a_.pairs() + now.operator_pairs,
                                     seconds(),
                                     now.x,
                                     now.dual};
        if (!settings_.observer(all)) return false;
        return !completion_.solves(now.x, now.relative_residual);
    }

    /// That x is as near to b as the rules ask for.
    certificate<real> feasible(const dense_vector<T>& x, const dense_vector<T>& residual) const {
        const real noise = real(settings_.stop.discrepancy_factor * settings_.stop.noise_norm);
        return certify_from<T>({.kind = problem_kind::feasibility, .noise_norm = noise}, b_, x, {}, {}, residual, {},
                               real(0));
    }

    /// Takes an x that is near enough to b, with the proof that it solves basis pursuit where that is cheap, and else as feasible.
    void take_solution(solver_result<T>& result, const dense_vector<T>& x, const dense_vector<T>& residual) {
        const real size = residual.norm(), scale = b_.norm();
        result.x = x;
        result.relative_residual = size / scale;
        result.certificate = feasible(result.x, residual);
        if constexpr (has_columns<A, T>)
            if (settings_.certify && settings_.stop.noise_norm == 0 && settings_.bregman.regularizer.is_l1())
                prove_basis_pursuit(result, residual);
        result.reason = solved_by(settings_.stop, result.certificate, size, result.relative_residual)
                            .value_or(solver_stop::stagnation);
    }

    /// A y with A_S^T y = lambda sign(x_S) proves it if |A^T y| <= lambda elsewhere. The one nearest to that of linearised
    /// Bregman is tried; where it is above lambda it is held at 0.9 lambda, and so on a few times,
    /// for about half of the work that was done.
    void prove_basis_pursuit(solver_result<T>& result, const dense_vector<T>& residual) {
        const real lambda = real(settings_.bregman.lambda);
        constexpr real accurate = 4 * std::numeric_limits<real>::epsilon();
        const real enough = real(std::max({settings_.stop.kkt, settings_.stop.residual, double(accurate)}));
        dense_vector<T> wanted = result.x.unaryExpr([lambda](const T& value) {
            const real size = std::abs(value);
            return size > real(0) ? T(value * (lambda / size)) : T(0);
        });
        dense_vector<T> y = result.dual, z, part_wanted;
        const double most = 1 + 1.5 * (pairs_ + a_.pairs());
        for (int round = 0; round < 6 && pairs_ + a_.pairs() < most; ++round) {
            restricted_operator<A, T> part(a_, support_of(wanted));
            if (part.cols() >= part.rows()) return;
            part.gather(wanted, part_wanted);
            correct_dual(part, part_wanted, y, std::max(real(1e-7), accurate), 50);
            a_.apply_transposed(y, z);
            const auto proof = certify_from<T>({.lambda = lambda}, b_, result.x, y, z, residual, {}, real(0));
            if (proof.kkt <= enough) {
                // What is only as good as rounding lets it be is no proof for a rule that asks for more.
                if (!solved_by(settings_.stop, proof, residual.norm(), result.relative_residual)) return;
                result.certificate = proof;
                result.dual = y;
                return;
            }
            for (index_t i = 0; i < z.size(); ++i)
                if (const real size = std::abs(z[i]); result.x[i] == T(0) && size > lambda)
                    wanted[i] = z[i] * (real(0.9) * lambda / size);
        }
    }

    /// Least squares on what stands out of the noise, if the discrepancy stays reached.
    void drop_insignificant(solver_result<T>& result) {
        if (index_t(support_of(result.x).size()) >= b_.size()) {
            result.reason = solver_stop::not_sparse;
            return;
        }
        const auto fitted =
            polish(op_, b_, result.x, {.tolerance = 1e-5, .significance = settings_.significance, .certify = false});
        pairs_ += fitted.operator_pairs;
        const real scale = b_.norm(), size = fitted.relative_residual * scale;
        dense_vector<T> residual;
        a_.residual(fitted.x, b_, residual);
        const auto seen = feasible(fitted.x, residual);
        if (solved_by(settings_.stop, seen, size, fitted.relative_residual) == solver_stop::discrepancy) {
            result.x = fitted.x;
            result.relative_residual = fitted.relative_residual;
            result.certificate = seen;
        }
        if (!is_sparse_answer(result.x, b_.size())) result.reason = solver_stop::not_sparse;
    }

    /// The least-squares answer of the support of the best iterate, of its m/2 largest entries where it has more; of all
    /// columns where they are no more than that, and what is not significant goes.
    void fit_support(solver_result<T>& result) {
        const dense_vector<T> best = result.x;
        dense_vector<T> transposed_data;
        a_.apply_transposed(b_, transposed_data);
        if (2 * op_.cols() <= b_.size() && !transposed_data.isZero(0)) {
            // So small that a column of zeros, which leaves it as it is, is negligible.
            constexpr real epsilon = std::numeric_limits<real>::epsilon();
            const T tiny = T(epsilon * epsilon * estimate_largest(a_, transposed_data));
            result.x = (result.x.array() == T(0)).select(tiny, result.x);
        } else if (support_of(result.x).empty()) {
            const real largest = transposed_data.template lpNorm<Eigen::Infinity>();
            if (largest > real(0)) result.x = transposed_data * (estimate_largest(a_, transposed_data) / largest);
        }
        const std::vector<index_t> support = support_of(result.x);
        const auto most = std::size_t(std::max<index_t>(1, b_.size() / 2));
        if (support.size() > most) {
            std::vector<real> sizes;
            for (const index_t i : support) sizes.push_back(std::abs(result.x[i]));
            std::nth_element(sizes.begin(), sizes.begin() + std::ptrdiff_t(most) - 1, sizes.end(), std::greater<>());
            const real least = sizes[most - 1];
            std::size_t kept = 0;
            for (const index_t i : support)
                if (std::abs(result.x[i]) < least || ++kept > most) result.x[i] = T(0);
        }
        constexpr real accurate = 10 * std::numeric_limits<real>::epsilon();
        polish_settings<T> fit{
            .tolerance = std::max(1e-10, double(accurate)), .significance = settings_.significance, .certify = false};
        auto fitted = polish(op_, b_, result.x, fit);
        pairs_ += fitted.operator_pairs;
        if (support_of(fitted.x).empty()) { // of so few measurements that nothing is significant
            fit.significance = 0;
            fitted = polish(op_, b_, result.x, fit);
            pairs_ += fitted.operator_pairs;
        }
        if (!all_finite(fitted.x) || !is_finite(fitted.certificate.objective) ||
            !(fitted.relative_residual <= real(1.001))) {
            result.x = best; // squares beyond the range of T: even zero is nearer
            return;
        }
        dense_vector<T> residual;
        a_.residual(fitted.x, b_, residual);
        const real size = residual.norm();
        if (is_sparse_answer(fitted.x, b_.size()) &&
            solved_by(settings_.stop, feasible(fitted.x, residual), size, size / b_.norm())) {
            take_solution(result, fitted.x, residual);
            return;
        }
        result.x = fitted.x;
        result.relative_residual = fitted.relative_residual;
        result.certificate = fitted.certificate;
        result.reason = fitted.reason == solver_stop::least_squares ? fitted.reason : solver_stop::stagnation;
    }

    const A& op_;
    const dense_vector<T>& b_;
    const recover_settings<T>& settings_;
    metered_operator<A, T> a_;
    support_completion<A, T> completion_;
    std::int64_t iterations_ = 0, best_iteration_ = 0;
    double pairs_ = 0;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The fastest way to a sparse x with A x = b: linearised Bregman iteration (L-BFGS on the dual) finds the
/// large entries in some ten iterations, and the rest of the support is completed by least squares
/// (support_completion); where that does not succeed the iteration goes on, and it is tried again later. Where linearised
/// Bregman ends at an x that is not sparse it is tried again with a larger delta, towards basis pursuit. With
/// stop.noise_norm > 0 the aim is the discrepancy instead, and least squares follow on the entries that stand
/// out of the noise (polish, `significance`) where they keep to it.
///
/// reason is residual (discrepancy) when A x = b holds (to the noise) and fewer than half as many elements as measurements
/// are not zero; not_sparse when A x = b holds for more of them, which is no recovery: there are other such x.
/// Where A x = b has no solution (consistency.hpp), x is the least-squares answer of the support that was found, without
/// what is below `significance` standard errors, and reason least_squares says so. Otherwise reason is that of
/// linearised_bregman. Work and time include all attempts.
///
/// The certificate says which problem is meant: constrained with delta infinite, basis pursuit, where `certify` found the
/// proof; with the lambda and delta of linearised Bregman where x is its solution; feasibility of a completed x
/// without proof, and with noise; least_squares. result.dual goes with it, and is what `warm_start` and `polish` take.
template <class A, class B>
solver_result<scalar_of<B>> recover_sparse(const A& matrix, const B& data,
                                           const recover_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    settings.validate();
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    return sparse_recovery_run<std::remove_cvref_t<decltype(op)>, T>(op, b, settings).solve();
}

} // namespace bregman
