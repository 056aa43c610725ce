#pragma once

#include <cstdint>

/// \file
/// How far a computed number may lie from the expected one, in one table. Relative where the name says so.

namespace bregman::testing {

template <class T>
struct tolerance;

template <>
struct tolerance<float> {
    static constexpr double rounding = 1e-6;   ///< a few operations on numbers near 1
    static constexpr double fixture = 2e-6;    ///< published fixtures
    static constexpr double many_steps = 2e-5; ///< tens of steps, relative to the largest number in them
    static constexpr double ulp = 1.2e-7;
    static constexpr double adjoint = 1e-5; ///< <A x, y> against <x, A^T y>, relative
};

template <>
struct tolerance<double> {
    static constexpr double rounding = 1e-14;
    static constexpr double fixture = 1e-10; // the fixtures are printed with ten digits
    static constexpr double many_steps = 1e-13;
    static constexpr double ulp = 2.3e-16;
    static constexpr double adjoint = 1e-13;
};

/// Central differences with a step of 1e-5 in double.
inline constexpr double finite_difference_step = 1e-5;
inline constexpr double finite_difference_tolerance = 1e-8;

/// Statistical tests: what the sources saw, with their scatter.
inline constexpr double noise_law_lambda = 0.05;    ///< relative
inline constexpr double noise_law_sparsity = 0.002; ///< absolute

/// Solvers stopped at a relative residual of 1e-6: the relative error that this leaves, with the condition number of the
/// columns in the support.
inline constexpr double recovery_error = 1e-5;

/// Iterations of linearised Bregman solvers to a relative residual of 1e-6, n 300, m 100, 10 non-zeros, delta 10 max|x|:
/// bands for the median over draws. The sources saw 603-1188 (plain), 441-531 (kicking), 315-378 (accelerated) and
/// 121-213 (exact step) in three draws; ours kicks at every stagnation of the residual, hence the lower end.
struct iteration_band {
    std::int64_t least, most;
};
inline constexpr iteration_band plain_iterations{603, 1188};
inline constexpr iteration_band kicking_iterations{100, 531};
inline constexpr iteration_band accelerated_iterations{250, 600};
inline constexpr iteration_band exact_step_iterations{121, 213};
inline constexpr iteration_band fast_iterations{10, 120}; ///< Barzilai-Borwein and L-BFGS: ours, not the sources'

} // namespace bregman::testing
