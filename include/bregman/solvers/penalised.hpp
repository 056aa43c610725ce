#pragma once

#include <limits>
#include <type_traits>
#include <utility>

#include <bregman/base/finite.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/solvers/penalised_loop.hpp>

namespace bregman {

/// Settings of minimise_penalised and lambda_max, T the scalar of b.
template <class T = double>
struct penalised_settings {
    solver_loss<T> loss = {};               ///< l: quadratic_loss unless given, losses.hpp has others, or your own
    double lambda = 0;                      ///< weight of J; 0: relative_lambda * lambda_max
    double relative_lambda = 0.01;          ///< at 1 the solution is 0
    solver_regularizer<T> regularizer = {}; ///< J: l1 unless given, any of the library or of your own
    tensor_shape shape = {};                ///< of x, for regularizers that have groups or act on matrices
    bool intercept = false;                 ///< adds a constant c to A x that is not penalised
    double norm_squared = 0;                ///< ||A||^2: steps of 1 / (l'' ||A||^2); 0: steps by a search
    double continuation = 0.5;              ///< lambda starts at this share of lambda_max where that is larger; 1: off,
    double continuation_factor = 0.25;      ///< and falls by this factor, in (0, 1), whenever kkt <= continuation_kkt
    double continuation_kkt = 0.1;          ///< the largest violated optimality condition at which lambda falls
    bool accelerate = true;                 ///< FISTA; else proximal gradient descent
    bool restart = true;                    ///< begin anew when the momentum points uphill (O'Donoghue, Candes 2015)
    stop_rule stop = {};
    solver_observer<T> observer = {};
    dense_vector<T> warm_start = {}; ///< an x (n elements), or empty

    void validate() const {
        require(lambda >= 0 && is_finite(lambda), "lambda", lambda, ">= 0, finite", "0 takes relative_lambda");
        require(relative_lambda > 0 && is_finite(relative_lambda), "relative_lambda", relative_lambda, "> 0, finite",
                "0.01 is the default");
        require(norm_squared >= 0 && is_finite(norm_squared), "norm_squared", norm_squared, ">= 0, finite",
                "0 finds the steps by a search");
        require(norm_squared == 0 || !is_nan(loss.curvature()), "norm_squared", norm_squared,
                "0, for a loss whose second derivative has no known bound", "leave it out");
        require(continuation > 0 && continuation <= 1, "continuation", continuation, "(0, 1]", "1 switches it off");
        require(continuation_factor > 0 && continuation_factor < 1, "continuation_factor", continuation_factor,
                "(0, 1)", "0.25 is the default");
        require(continuation_kkt > 0, "continuation_kkt", continuation_kkt, "> 0", "0.1 is the default");
    }
};

/// A penalised problem that has been checked, and what its solutions for several lambda share: the length of steps and lambda_max.
template <class T, class A>
class penalised_problem {
    using real = real_of<T>;

  public:
    /// `op` and `b` are referred to.
    penalised_problem(const A& op, const dense_vector<T>& b, const penalised_settings<T>& settings)
        : settings_(settings), a_(op), b_(b),
          iteration_(a_,
                     {.loss = settings.loss,
                      .regularizer = settings.regularizer,
                      .shape = settings.shape,
                      .intercept = settings.intercept,
                      .accelerate = settings.accelerate,
                      .restart = settings.restart,
                      .lipschitz = settings.norm_squared > 0 ? real(settings.norm_squared) * settings.loss.curvature()
                                                             : real(0)}) {
        settings.validate();
        checked_transposed_data(a_, b, false);
        settings.loss.validate(b, settings.intercept);
        settings.regularizer.validate(settings.shape, a_.cols());
        require_start(settings.warm_start, a_.cols(), "warm_start (x)");
        dense_vector<T> slope;
        settings.loss.gradient(dense_vector<T>::Zero(b.size()), b, slope);
        residual_scale_ = slope.stableNorm();
    }

    /// The least lambda at which x = 0 is optimal: from the gradient at 0, with the best intercept.
    real lambda_max() {
        if (!is_nan(lambda_max_)) return lambda_max_;
        iteration_.start(dense_vector<T>::Zero(a_.cols()), b_);
        const dense_vector<T> z = -iteration_.gradient;
        // An intercept alone may fit all data: what is left is rounding, and every lambda makes x zero.
        const bool fitted =
            iteration_.residual.stableNorm() <= 100 * std::numeric_limits<real>::epsilon() * residual_scale_;
        lambda_max_ = fitted ? real(0) : settings_.regularizer.critical_lambda(z, settings_.shape);
        return lambda_max_;
    }

    /// The solution for one lambda. `share` is penalised_settings::continuation.
    solver_result<T> solve(real lambda, const dense_vector<T>& start, double share, const stop_rule& stop,
                           const solver_observer<T>& observer) {
        stop_monitor<T> monitor(stop, residual_scale_, observer);
        const bool at_zero = start.size() == 0;
        const real largest = share < 1 && at_zero && is_finite(lambda_max()) ? lambda_max() : real(0);
        iteration_.start(at_zero ? dense_vector<T>(dense_vector<T>::Zero(a_.cols())) : start, b_);
        require(all_finite(iteration_.residual), "derivative of the loss at the start", "not finite", "finite numbers",
                "start at a smaller x, or at none");
        const lambda_stages<T> stages(lambda, largest, share, settings_.continuation_factor,
                                      settings_.continuation_kkt);
        problem_statement<T> statement{.kind = problem_kind::penalised,
                                       .regularizer = settings_.regularizer,
                                       .shape = settings_.shape,
                                       .loss = settings_.loss};
        if (settings_.intercept) statement.intercept = T(0);
        solver_result<T> result;
        penalised_loop<T, A>(iteration_, a_, b_, statement, stages, real(1), monitor, result);
        result.operator_pairs = a_.pairs() - paid_;
        paid_ = a_.pairs();
        return result;
    }

  private:
    const penalised_settings<T>& settings_;
    metered_operator<A, T> a_;
    const dense_vector<T>& b_;
    proximal_iteration<T, A> iteration_;
    real residual_scale_ = 0, lambda_max_ = nan_of<real>();
    double paid_ = 0; ///< operator pairs of earlier solutions
};

/// A penalised problem of any loss and any regularizer, with an intercept c or without (c = 0):
///
///     minimise  sum l((A x)_i + c, b_i) + lambda J(x)
///
/// by FISTA with adaptive restart (proximal_iteration.hpp), lambda falling from `continuation` lambda_max to its value. A is a
/// linear operator or an Eigen matrix (m x n), b a vector of m elements. The best c for each x is found exactly, so that
/// columns with a mean cost no iterations.
///
/// The certificate is that of the problem above, problem_kind::penalised: kkt how far -A^T u is from lambda dJ(x), in units of
/// lambda, u = l'(A x + c), and with an intercept |sum u| / sum |u|; gap by the conjugates of l and J, NaN where one is not known
/// and near 1 where J has directions that it does not penalise. stop.kkt and stop.gap end it; stop.residual does not, there is
/// no A x = b. relative_residual is ||l'(A x + c)|| / ||l'(0)||. result.dual is -l'(A x + c), what certify() takes.
/// reason is stagnation where rounding lets no step change x any more.
///
/// Throws std::invalid_argument on wrong shapes and settings, data that the loss does not take, and numbers that are not finite.
template <class A, class B>
solver_result<scalar_of<B>> minimise_penalised(const A& matrix, const B& data,
                                               const penalised_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    using real = real_of<T>;
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    penalised_problem<T, std::remove_cvref_t<decltype(op)>> problem(op, b, settings);
    real lambda = real(settings.lambda);
    if (!(lambda > real(0))) {
        require(is_finite(problem.lambda_max()), "lambda", settings.lambda, "> 0 where J does not penalise every x",
                "there is no lambda_max to take relative_lambda of: say a lambda");
        lambda = real(settings.relative_lambda) * problem.lambda_max();
        if (!(lambda > real(0))) lambda = 1; // 0 is optimal for every lambda
    }
    return problem.solve(lambda, settings.warm_start, settings.continuation, settings.stop, settings.observer);
}

/// The least lambda at which x = 0 solves the penalised problem: the largest that is worth trying. Of the settings, loss,
/// regularizer, shape and intercept count. Infinite where no lambda makes x zero: J does not penalise every x.
template <class A, class B>
real_of<scalar_of<B>> lambda_max(const A& matrix, const B& data,
                                 const penalised_settings<scalar_of<B>>& settings = {}) {
    using T = scalar_of<B>;
    const auto& op = as_operator<T>(matrix);
    const auto& b = as_vector(data);
    return penalised_problem<T, std::remove_cvref_t<decltype(op)>>(op, b, settings).lambda_max();
}

} // namespace bregman
