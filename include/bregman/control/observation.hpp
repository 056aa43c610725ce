#pragma once

#include <cstdint>
#include <functional>

#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// What a control law sees after each step. A law is tested by calling it with a list of these. The second
/// parameter differs only where a law runs on a device (device_observation).
template <class T, class LambdaFor = std::function<T(T)>>
struct observation {
    std::int64_t step = 0;                   ///< steps done so far; 1 after the first
    std::int64_t epoch = 0;                  ///< as set by the caller, from 0
    T lambda = 0;                            ///< the regularisation weight this step used
    T sparsity = 0;                          ///< share of zeros among the counted parameters, in [0, 1]
    T target = 0;                            ///< the sparsity asked for, in (0, 1]
    T granularity = 0;                       ///< how far sparsity is off at most when it is as near as it can be
    T loss = nan_of<T>();                    ///< as reported by the caller; NaN when it was not
    double gradient_norm = nan_of<double>(); ///< of all gradients, before clipping; NaN when not needed, and on devices
    index_t births = -1; ///< zeros of the group that have ended in this step; -1: not counted (with_turnover)
    index_t deaths = -1; ///< the same of zeros that have begun
    index_t group = -1;  ///< the parameter group that lambda and sparsity are of, from 0; -1: all that count

    /// lambda_for(s): the lambda at which the present dual variable has sparsity s. Costs a selection over
    /// the dual variable, so it is computed only when called; empty in observations made by hand.
    LambdaFor lambda_for{};

    /// Whether lambda_for can be called and a law act on it at once: all regularizers have critical_lambda, and the
    /// rule for v is `keep`. Laws with another way look; the quantile law, which has none, is refused before.
    bool can_tell_lambda = false;
};

/// What stands where nothing can be called.
struct no_lambda_for {};

/// What a law sees that runs on a device. The quantile law is told to ask there by other means.
template <class T>
using device_observation = observation<T, no_lambda_for>;

/// How many lambdas there are.
enum class lambda_scope {
    shared,    ///< one for all parameter groups, with one control law that sees their common sparsity
    each_group ///< one for each regularized group, with a copy of the law that sees the sparsity of the group
};

} // namespace bregman
