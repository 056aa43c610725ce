#pragma once

#include <optional>

#include <bregman/control/dual_rule.hpp>
#include <bregman/control/observation.hpp>
#include <bregman/control/target_schedule.hpp>

namespace bregman {

/// What every optimizer can be told. Use designated initialisers: {.lambda = 0.1, .target = 0.95}.
template <class T>
struct optimizer_settings {
    std::optional<T> step_size{}; ///< tau > 0; the direction's default when not given (LinBreg .1, AdaBreg .01)
    T lambda = T(1e-3);           ///< lambda0 >= 0, where the control law starts
    target_schedule<T> target{};  ///< the sparsity asked for, in (0, 1]; default 0.9
    T clip_norm = 0;              ///< gradients longer than this are scaled down to it; 0 is off
    /// Refuse a gradient that is not finite before anything changes. Costs one extra read of the gradient,
    /// which clipping needs anyway (docs/performance.md).
    bool check_finite = true;
    dual_rule on_lambda_change = dual_rule::keep; ///< what happens to v when lambda changes
    lambda_scope scope = lambda_scope::shared;    ///< one lambda for all groups, or one for each
};

} // namespace bregman
