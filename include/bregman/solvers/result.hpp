#pragma once

#include <cstdint>
#include <ostream>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// Why a solver ended. None of these is an error: not converging is a result.
enum class solver_stop {
    residual,       ///< ||A x - b|| <= stop_rule::residual ||b||
    discrepancy,    ///< ||A x - b|| <= stop_rule::discrepancy_factor * stop_rule::noise_norm
    kkt,            ///< certificate::kkt <= stop_rule::kkt
    gap,            ///< certificate::gap <= stop_rule::gap
    time,           ///< stop_rule::seconds are over
    max_iterations, ///< all iterations were made
    stagnation,     ///< no step makes progress any more: at rounding, or A x = b has no solution
    diverged,       ///< the iterates are not finite any more: the step size was too large
    observer        ///< the observer returned false
};

inline std::ostream& operator<<(std::ostream& out, solver_stop reason) {
    constexpr const char* names[] = {"residual",       "discrepancy", "kkt",      "gap",     "time",
                                     "max_iterations", "stagnation",  "diverged", "observer"};
    return out << names[int(reason)];
}

/// How far x is from solving the problem that the solver states; docs/solvers/certificates.md has the
/// formulas. NaN stands for "not known".
template <class T>
struct certificate {
    T kkt = nan_of<T>(); ///< the largest violated optimality condition, without unit
    T gap = nan_of<T>(); ///< duality gap relative to the objective
};

/// What every solver returns.
template <class T>
struct solver_result {
    solver_stop reason = solver_stop::max_iterations;
    std::int64_t iterations = 0;
    double operator_pairs = 0; ///< work: one A x and one A^T y make 1; A x from k of n columns makes k/(2n)
    double seconds = 0;
    T relative_residual = nan_of<T>(); ///< ||A x - b|| / ||b||
    bregman::certificate<T> certificate;
    dense_vector<T> x;
    dense_vector<T> dual; ///< what a warm start of the same solver takes, where it takes a dual variable
};

/// What the observer of a solver sees after each iteration. An observer is any callable that takes this; one
/// that returns false ends the solver.
template <class T>
struct solver_progress {
    std::int64_t iteration;
    T relative_residual;
    bregman::certificate<T> certificate; ///< as far as this solver knows it at no cost
    double operator_pairs;
    double seconds;
    const dense_vector<T>& x;
    const dense_vector<T>& dual;
};

/// The observer that does nothing.
struct no_observer {
    template <class Progress>
    void operator()(const Progress&) const {}
};

} // namespace bregman
