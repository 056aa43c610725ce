#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <bregman/base/error.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/step/bind.hpp>
#include <bregman/step/by_kind.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/restart.hpp>

namespace bregman::step {

/// From now on zeros stay zeros and the rest goes on, at lambda = 0: v <- grad phi(theta), no moments where theta is 0.
template <class Method>
void freeze(Method& method, const typename Method::parameter_list& parameters) {
    using T = typename Method::scalar;
    using stored = typename Method::stored;
    bind(method, parameters);
    auto& state = method.state;
    require(state.step > 0, "steps", state.step, ">= 1", "freeze a support that training has found");
    require(method.settings.on_lambda_change != dual_rule::prox_rescaled, "on_lambda_change",
            name_of(method.settings.on_lambda_change), "a rule other than prox_rescaled, which divides by lambda",
            "use dual_rule::keep");
    for (const auto& group : parameters.groups())
        by_kind<T>(
            group.regularizer, true, [](const auto&) {}, [](const auto&) {},
            [&](const auto& regularizer) {
                refuse("regularizer of group \"" + group.name + "\"", policy_name(regularizer),
                       "element-wise or grouped", "the support of a whole tensor is not a set of its elements");
            });

    std::fill(state.group_lambdas.begin(), state.group_lambdas.end(), T(0));
    state.lambda = 0;
    restart_from(method, parameters);
    for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const work_plan::tensor& tensor = method.plan.tensors[i];
        // Empty, another process's, or new in the list: its moments do not exist yet.
        if (tensor.first == tensor.last || state.tensor_steps[i] == 0) continue;
        for (auto& moment : state.moments) {
            T* const values = method.backend.data(moment) + tensor.offset;
            method.backend.elements(kernel::forget_zeros<T, stored>{entry.theta, values}, tensor.first * tensor.unit(),
                                    tensor.last * tensor.unit());
        }
    }
    frozen_of(method.direction) = true;
}

} // namespace bregman::step
