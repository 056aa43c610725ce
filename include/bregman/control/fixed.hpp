#pragma once

#include <bregman/base/portability.hpp>
#include <bregman/control/observation.hpp>

namespace bregman {

/// Keeps lambda where it is: the classical methods, and the baseline for every other law.
struct fixed_law {
    static constexpr const char* name = "fixed";
    static constexpr bool runs_on_device = true;

    template <class T, class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) const {
        return seen.lambda;
    }
};

} // namespace bregman
