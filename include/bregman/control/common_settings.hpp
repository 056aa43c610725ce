#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/control/observation.hpp>

/// \file
/// What the laws with feedback have in common. Their settings stay flat, for designated initialisers, so
/// these functions take any settings with the members
///
///     std::int64_t every;     // >= 1: lambda may change after every so many steps
///     std::int64_t warm_up;   // >= 0: steps during which lambda is kept
///     T minimum, maximum;     // the range of lambda

namespace bregman {

/// Whether a law may change lambda after this step.
BREGMAN_HOST_DEVICE inline bool is_due(std::int64_t step, std::int64_t every, std::int64_t warm_up) {
    return step % every == 0 && step > warm_up;
}

template <class T>
void check_gain(const char* name, T gain) {
    require(gain >= 0 && is_finite(gain), name, gain, ">= 0 and finite",
            "a negative gain has the wrong sign: it drives lambda to its minimum");
}

template <class Settings>
void check_pace(const Settings& s) {
    require(s.every >= 1, "every", s.every, ">= 1", "1 lets lambda change after each step, the paper uses 50");
    require(s.warm_up >= 0, "warm_up", s.warm_up, ">= 0", "0 starts at once");
}

template <class Settings>
void check_maximum(const Settings& s) {
    require(s.maximum >= s.minimum && is_finite(s.maximum), "maximum", s.maximum, ">= minimum and finite",
            "the paper uses 1e3");
}

/// The range of laws that multiply lambda.
template <class Settings>
void check_range(const Settings& s) {
    require(s.minimum > 0, "minimum", s.minimum, "> 0", "a lambda of 0 could never grow again");
    check_maximum(s);
}

/// lambda0, when the optimizer is made.
template <class Settings, class T>
void check_start(const Settings& s, T lambda0) {
    require(lambda0 >= s.minimum && lambda0 <= s.maximum, "lambda", lambda0, "[minimum, maximum] of the control law",
            "start inside the range that the law may use, or let start_at_quantile find it");
}

/// A reading of the sparsity. NaN is refused too. On a device the reading is a count, which cannot be wrong.
template <class T, class LambdaFor>
BREGMAN_HOST_DEVICE void check_reading(const observation<T, LambdaFor>& seen) {
    require_on_host(seen.sparsity >= 0 && seen.sparsity <= 1, "sparsity", seen.sparsity, "[0, 1]",
                    "pass the share of zeros among the counted parameters");
}

/// The lambda of [minimum, maximum] nearest to this one.
template <class Settings, class T>
BREGMAN_HOST_DEVICE T within_range(const Settings& s, T lambda) {
    return std::clamp(lambda, T(s.minimum), T(s.maximum));
}

/// Names the four fields, for state files.
template <class Settings, class Field>
void visit_pace_and_range(Settings& s, Field& field) {
    field("every", s.every);
    field("warm_up", s.warm_up);
    field("minimum", s.minimum);
    field("maximum", s.maximum);
}

} // namespace bregman
