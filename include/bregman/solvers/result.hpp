#pragma once

#include <cstdint>
#include <ostream>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>
#include <bregman/solvers/solver_observer.hpp>

namespace bregman {

/// Why a solver ended. None of these is an error: not converging is a result. `is_solved` says which of them claim that the
/// problem of the certificate is solved.
enum class solver_stop {
    residual,       ///< ||A x - b|| <= stop_rule::residual ||b||, and the other conditions as far as they are known
    discrepancy,    ///< ||A x - b|| <= stop_rule::discrepancy_factor * stop_rule::noise_norm, likewise
    kkt,            ///< certificate::kkt <= stop_rule::kkt
    gap,            ///< certificate::gap <= stop_rule::gap, of an x that is feasible
    time,           ///< stop_rule::seconds are over
    max_iterations, ///< all iterations were made
    stagnation,     ///< no step makes progress any more: at rounding, or A x = b has no solution
    diverged,       ///< the iterates are not finite any more: the step size was too large
    observer,       ///< the observer returned false
    not_sparse, ///< A x = b holds, but half as many elements as measurements or more are not zero: any x could be meant
    least_squares ///< x is the least-squares answer of its support, and no more is claimed
};

inline std::ostream& operator<<(std::ostream& out, solver_stop reason) {
    constexpr const char* names[] = {"residual", "discrepancy",    "kkt",          "gap",
                                     "time",     "max_iterations", "stagnation",   "diverged",
                                     "observer", "not_sparse",     "least_squares"};
    return out << names[int(reason)];
}

/// Whether a reason claims that the problem of the certificate is solved.
inline bool is_solved(solver_stop reason) {
    return reason == solver_stop::residual || reason == solver_stop::discrepancy || reason == solver_stop::kkt ||
           reason == solver_stop::gap;
}

/// What kind of problem a certificate is about.
enum class problem_kind {
    constrained,  ///< min lambda J(x) + ||x||^2 / (2 delta)  subject to  ||A x - b|| <= noise_norm
    penalised,    ///< min ||A x - b||^2 / 2 (or another loss) + lambda J(x) + ||x||^2 / (2 delta)
    feasibility,  ///< an x with ||A x - b|| <= noise_norm; of J nothing is said
    least_squares ///< min ||A x - b|| over the x that are zero where this one is
};

inline std::ostream& operator<<(std::ostream& out, problem_kind kind) {
    constexpr const char* names[] = {"constrained", "penalised", "feasibility", "least_squares"};
    return out << names[int(kind)];
}

/// How far x is from solving a problem, and which problem; `T` is real. NaN stands for "not known".
/// docs/solvers/certificates.md has the formulas, `certify` (certificate.hpp) computes it from A, b, x and y.
template <class T>
struct certificate {
    problem_kind problem = problem_kind::feasibility; ///< what x is to solve
    T lambda = nan_of<T>();                           ///< weight of J
    T delta = infinity_of<T>();                       ///< of ||x||^2 / (2 delta); infinity where there is no such term
    T noise_norm = 0;                                 ///< how large ||A x - b|| may be

    T feasibility = nan_of<T>(); ///< max(||A x - b|| - noise_norm, 0) / ||b||; 0 where nothing is constrained
    T kkt = nan_of<T>();         ///< the largest violated optimality condition, feasibility included, without unit
    T gap = nan_of<T>();         ///< duality gap relative to the larger of the two objectives
    T objective = nan_of<T>();   ///< of x
};

/// What every solver returns.
template <class T>
struct solver_result {
    using real = real_of<T>;

    solver_stop reason = solver_stop::max_iterations; ///< why it ended
    std::int64_t iterations = 0;                      ///< made in all
    std::int64_t best_iteration = 0; ///< the one that x is of: the last, or the best that was seen where none solved it
    double operator_pairs = 0;       ///< work: one A x and one A^T y make 1; A x from k of n columns makes k/(2n)
    double seconds = 0;              ///< of wall-clock time
    real relative_residual = nan_of<real>(); ///< ||A x - b|| / ||b||
    bregman::certificate<real> certificate;  ///< how far x is from solving which problem
    dense_vector<T> x;                       ///< the solution, n elements
    T intercept = T(0);                      ///< of A x + intercept, where the problem has one
    dense_vector<T> dual; ///< what a warm start of the same solver takes, where it takes a dual variable

    /// Whether the problem of the certificate is solved to what the stop rule asks for.
    bool solved() const { return is_solved(reason); }
};

/// What the observer of a solver sees after each iteration.
template <class T>
struct solver_progress {
    using real = real_of<T>;

    std::int64_t iteration;                 ///< so many are done
    real relative_residual;                 ///< ||A x - b|| / ||b||
    bregman::certificate<real> certificate; ///< as far as this solver knows it at no cost
    double operator_pairs;                  ///< work so far, as in solver_result
    double seconds;                         ///< since the start
    const dense_vector<T>& x;               ///< n elements, valid during the call
    const dense_vector<T>& dual;            ///< what a warm start takes, valid during the call
};

} // namespace bregman
