#pragma once

/// \file
/// How far a computed number may lie from the expected one, in one table. Relative where the name says so.

namespace bregman::testing {

template <class T> struct tolerance;

template <> struct tolerance<float> {
    static constexpr double rounding = 1e-6;   ///< a few operations on numbers near 1
    static constexpr double fixture = 2e-6;    ///< published fixtures
    static constexpr double many_steps = 2e-5; ///< tens of steps, relative to the largest number in them
    static constexpr double ulp = 1.2e-7;
};

template <> struct tolerance<double> {
    static constexpr double rounding = 1e-14;
    static constexpr double fixture = 1e-10; // the fixtures are printed with ten digits
    static constexpr double many_steps = 1e-13;
    static constexpr double ulp = 2.3e-16;
};

/// Central differences with a step of 1e-5 in double.
inline constexpr double finite_difference_step = 1e-5;
inline constexpr double finite_difference_tolerance = 1e-8;

/// Statistical tests: what the sources saw, with their scatter.
inline constexpr double noise_law_lambda = 0.05;    ///< relative
inline constexpr double noise_law_sparsity = 0.002; ///< absolute

} // namespace bregman::testing
