#pragma once

#include <bregman/control/observation.hpp>

namespace bregman {

/// Keeps lambda where it is: the classical methods, and the baseline for every other law.
struct fixed_law {
    static constexpr const char* name = "fixed";

    template <class T>
    T operator()(const observation<T>& seen) const {
        return seen.lambda;
    }
};

} // namespace bregman
