#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <bregman/base/portability.hpp>
#include <bregman/control/common_settings.hpp>
#include <bregman/control/multiplicative.hpp>

namespace bregman {

/// Finds lambda and comes to rest, with nothing to set: no gain, no width, and lambda0 does not matter. In step k, with
/// q the lambda of the target (observation::lambda_for) and r = max(1.05, 1 + 0.9 / k):
///
///     |target - sparsity| <= max(min(0.01, 0.5 / k), g):   lambda stays
///     k = 1, or q / lambda not in [1/3, 3]:         lambda <- q
///     else                                          lambda <- the nearest of [lambda / r, lambda r] to q
///
/// and theta is computed again. g is what sparsity is off at most when it is as near as whole elements, or groups, let it
/// (observation::granularity), so that it rests beside a target that no count hits. The width
/// leaves the support room to move while it is sought, and the end exact: at
/// most 0.1 % after 500 steps. A lambda that rises by less than v does (1 / k where all gradients have one sign)
/// parts elements whose |v| are equal, as Adam's first steps make them, where the quantile itself keeps theta at 0.
///
/// Where nobody can say at which lambda an element vanishes (observation::can_tell_lambda: a regularizer without
/// critical_lambda, a rule for v other than `keep`), and in observations made by hand, it is multiplicative_law with
/// its defaults. The form and its constants are ours.
///
/// Errors: std::invalid_argument for readings that are not in [0, 1].
class settling_law {
  public:
    static constexpr const char* name = "settling";
    static constexpr bool runs_on_device = true;
    bool acts_at_once = false; ///< as the last call found lambda

    template <class T>
    T operator()(const observation<T>& seen) {
        check_reading(seen);
        acts_at_once = seen.can_tell_lambda;
        if (!acts_at_once) return multiplicative_law<T>()(seen);
        return asks_for_lambda(seen) ? towards(seen.step, seen.lambda, seen.lambda_for(seen.target)) : seen.lambda;
    }
    /// Whether the reading is off: all that a device, where nothing can be called back, has to know.
    template <class T, class LambdaFor>
    BREGMAN_HOST_DEVICE bool asks_for_lambda(const observation<T, LambdaFor>& seen) const {
        const double nearest = double(seen.granularity) * (1 + 1e-3); // sparsity and target are rounded
        const double width = std::max(std::min(0.01, 0.5 / double(seen.step)), nearest);
        return seen.step <= 1 || !(std::abs(double(seen.target) - double(seen.sparsity)) <= width);
    }
    /// Where lambda goes when the lambda of the target has been found.
    template <class T>
    BREGMAN_HOST_DEVICE T towards(std::int64_t step, T lambda, T found) const {
        if (step <= 1 || found > 3 * lambda || 3 * found < lambda) return found;
        const T most = T(std::max(1.05, 1 + 0.9 / double(step)));
        return std::clamp(found, lambda / most, lambda * most);
    }

    template <class Field>
    void visit(Field&&) {}
};

} // namespace bregman
