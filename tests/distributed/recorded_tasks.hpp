#pragma once

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/common_optimizers.hpp"
#include "support/values.hpp"

/// \file
/// Lists of tensors with recorded gradients, for what must have the same bits on any number of processes.

namespace bregman::testing {

/// Tensors with one start and one gradient for each step, the same wherever they are recorded.
template <class Regularizer>
struct recorded {
    parameter_list<float, Regularizer> list;
    std::vector<float> theta, g;
    std::vector<std::pair<index_t, bool>> tensors; ///< where each begins, and whether it misses every third step

    explicit recorded(index_t elements)
        : theta(normal_values<float>(elements, 1)), g(normal_values<float>(elements, 2)) {}

    void add(tensor_shape shape, bool misses_steps = false) {
        const index_t at = list.size();
        if (at + shape.size() > index_t(theta.size())) throw std::logic_error("the task has too few elements");
        tensors.emplace_back(at, misses_steps);
        list.add_view(theta.data() + at, g.data() + at, std::move(shape));
    }
    void draw(int step) {
        const float phase = 0.1f * float(step);
        for (std::size_t i = 0; i < g.size(); ++i)
            g[i] = std::cos(float(i % 977) + phase) + 0.3f * std::sin(float(i) * phase);
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const auto& [at, misses] = tensors[i];
            const bool is_missing = misses && step % 3 == 1;
            list.rebind(index_t(i), theta.data() + at, is_missing ? nullptr : g.data() + at);
        }
    }
};

/// Element-wise, rows, nothing, and one whose gradient is missing now and then; sizes that no number of processes divides.
struct common_task : recorded<common_regularizers> {
    explicit common_task(double least_density = 0, index_t times = 1) : recorded(2500 * times) {
        list.add_group({.name = "weights", .regularizer = l1{}, .least_density = least_density});
        add({{777 * times}});
        add({{0}});
        add({{100}}, true);
        list.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
        add({{61 * times, 10}});
        list.add_group({.name = "kernels", .regularizer = group_kernels{}});
        add({{7, 5, 3, 3}});
        list.add_group({.name = "bias", .regularizer = none{}, .counted = false});
        add({{201}});
    }
};

/// The kinds that a process may have to own, and weights of each element.
using other_regularizers =
    std::variant<l1, group_columns, total_variation, weighted_l1<float>, sparse_group_lasso<group_rows>>;
struct other_task : recorded<other_regularizers> {
    static inline const std::vector<float> weights = [] {
        std::vector<float> w = normal_values<float>(500, 3);
        for (float& x : w) x = x < -1 ? 0.0f : std::abs(x);
        return w;
    }();
    other_task() : recorded(2600) {
        list.add_group({.name = "weighted", .regularizer = weighted_l1<float>::of(weights)});
        add({{500}});
        list.add_group({.name = "columns", .regularizer = group_columns{}});
        add({{20, 30}});
        list.add_group({.name = "both", .regularizer = sparse_group_lasso<group_rows>{}});
        add({{40, 15}});
        list.add_group({.name = "steps", .regularizer = total_variation{}});
        add({{204}});
    }
};

} // namespace bregman::testing
