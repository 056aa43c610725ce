#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/tensors/sparsity.hpp>

namespace bregman {

/// What a step did.
template <class T>
struct step_report {
    std::int64_t step = 0; ///< steps done so far, this one included
    bool refused = false;  ///< the gradient was not finite: nothing has changed, the step does not count
    T lambda = 0;          ///< what theta was made with; with lambda_scope::each_group, the groups' geometric mean
    T next_lambda = 0;     ///< what the control law wants from now on
    T sparsity = 0;        ///< of the counted groups, after this step
    double gradient_norm = nan_of<double>(); ///< before clipping; NaN when not needed
    index_t births = -1; ///< zeros of the counted groups that have ended in this step; -1: not counted (with_turnover)
    index_t deaths = -1; ///< the same of zeros that have begun
};

/// All that an optimizer remembers from step to step, besides what its policies do: v, the moments, lambda, counts.
/// `Buffer` is the backend's. The optimizer owns it; whoever makes a step works on it (step/step.hpp on the host,
/// backends/thrust/device_steps.hpp on a device). step/state_fields.hpp names the fields for files.
template <class T, class Buffer>
struct optimizer_state {
    std::int64_t step = 0;  ///< done so far
    std::int64_t epoch = 0; ///< as set by the caller
    T step_size = 0;        ///< tau, for parameter groups without one of their own
    T lambda = 0;           ///< for the next step; with lambda_scope::each_group the groups' geometric mean
    T sparsity = 0;         ///< of the counted groups after the last step
    step_report<T> last;    ///< what the last step did

    std::vector<T> group_lambdas;    ///< for the next step, of each parameter group, before its lambda_scale
    std::vector<T> image_lambdas;    ///< with which each group's theta was made from v: theta = grad(...)^*(v)
    std::vector<group_count> counts; ///< of each parameter group after the last step

    // Of each tensor, in the order of the list.
    std::vector<std::int64_t> tensor_sizes;  ///< number of elements
    std::vector<std::int64_t> tensor_groups; ///< index of the group
    std::vector<std::int64_t> tensor_steps;  ///< that it took part in: 0 before its v exists
    std::vector<T> primal_factors;           ///< of theta at the end of its last step: decoupled weight decay

    std::vector<double> tensor_memory; ///< what the direction remembers; empty when it remembers nothing

    Buffer dual;                 ///< v, the tensors one after the other; empty before the first step
    std::vector<Buffer> moments; ///< of the direction, each like v
};

} // namespace bregman
