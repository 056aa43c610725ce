#pragma once

#include <cmath>

namespace bench {

/// Policies as a user may write them: for single numbers, with branches. They run through the per-element
/// fallback.
struct scalar_l1 {
    static constexpr const char* name = "scalar l1";

    float value(float x) const { return std::fabs(x); }
    float subgradient(float x) const { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }
    float prox(float x, float t) const {
        if (x > t) return x - t;
        if (x < -t) return x + t;
        return 0;
    }
};

} // namespace bench
