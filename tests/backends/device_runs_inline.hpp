#pragma once

#include <sstream>
#include <stdexcept>
#include <variant>

#include <bregman/aliases.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>

#include "device_runs.hpp"
#include "support/values.hpp"

namespace bregman::testing {

using mixed_regularizers = std::variant<none, l1, group_rows, group_kernels>;

/// The tensors of a run: theta and gradients lie one after the other behind the two pointers.
inline parameter_list<float, mixed_regularizers> tensors_of_runs(float* theta, const float* gradient) {
    parameter_list<float, mixed_regularizers> list;
    index_t offset = 0;
    const auto add = [&](const tensor_shape& shape) {
        list.add_view(theta + offset, gradient + offset, shape);
        offset += shape.size();
    };
    list.add_group({.name = "weights", .regularizer = l1{}});
    add({{16384 + 101}}), add({{0}}), add({{7, 9}});
    list.add_group({.name = "bias", .regularizer = none{}});
    add({{20}});
    list.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
    add({{40, 300}}), add({{33, 6}}), add({{90, 30}, storage_order::column_major});
    list.add_group({.name = "kernels", .regularizer = group_kernels{}, .counted = false});
    add({{20, 30, 5}}), add({{4, 8, 7, 7}}), add({{50, 4}});
    return list;
}
inline constexpr index_t size_of_runs = 16384 + 101 + 63 + 20 + 12000 + 198 + 2700 + 3000 + 1568 + 200;

/// Memory is a vector of floats in the backend's memory, ToHost makes a std::vector of it.
template <class Optimizer, class Memory, class ToHost>
device_result run_method(const device_run& run, ToHost&& to_host) {
    any_law<float> law = fixed_law();
    if (run.quantile) law = quantile_law();
    Optimizer method({.lambda = 0.2f, .target = 0.8f, .on_lambda_change = run.rule}, {}, {}, {}, law);
    Memory theta(normal_values<float>(size_of_runs, 1));
    for (int k = 0; k < run.steps; ++k) {
        const Memory gradient(normal_values<float>(size_of_runs, 10 + std::uint64_t(k)));
        const auto view = as_tensor(gradient);
        method.step(tensors_of_runs(as_tensor(theta).data, view.data));
    }
    // Once more with another lambda, so that the rule for v is at work.
    const Memory gradient(normal_values<float>(size_of_runs, 9));
    const auto list = tensors_of_runs(as_tensor(theta).data, as_tensor(gradient).data);
    if (!run.quantile) method.set_lambda(list, 0.3f);
    const auto report = method.step(list);
    device_result result{to_host(theta), method.dual(), {}, double(report.sparsity), report.gradient_norm, {}};
    for (const auto& group : method.counts()) result.nonzeros.push_back(group.nonzeros);
    std::ostringstream state;
    save_state(state, method);
    result.state = state.str();
    return result;
}

template <class Backend, class Memory, class ToHost>
device_result run_on(const device_run& run, ToHost&& to_host) {
    if (run.method == "linbreg")
        return run_method<linbreg<float, mixed_regularizers, any_law<float>, Backend>, Memory>(run, to_host);
    if (run.method == "linbreg_momentum")
        return run_method<linbreg_momentum<float, mixed_regularizers, any_law<float>, Backend>, Memory>(run, to_host);
    if (run.method == "adabreg")
        return run_method<adabreg<float, mixed_regularizers, any_law<float>, Backend>, Memory>(run, to_host);
    throw std::invalid_argument("no method " + run.method);
}

} // namespace bregman::testing
