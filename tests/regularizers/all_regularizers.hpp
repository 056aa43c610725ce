#pragma once

#include <tuple>

#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_indices.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/slope.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

#include "regularizers/as_function.hpp"

namespace bregman::testing {

constexpr index_t law_size = 6;

/// Every convex regularizer, on tensors of six elements: add yours here and all laws are checked.
template <class T>
auto all_regularizers() {
    static const std::vector<T> weights{1, T(0.5), 2, 0, T(0.1), 3};
    const tensor_shape vector{{6}}, matrix{{2, 3}}, kernels{{1, 2, 3}};
    const auto on = []<class R>(R regularizer, const tensor_shape& shape) {
        return as_function<R, T>{std::move(regularizer), shape};
    };
    return std::tuple{
        on(none{}, vector),
        on(l1{}, vector),
        on(weighted_l1<T>::of(weights), vector),
        on(nonnegative_l1{}, vector),
        on(elastic_net{.ratio = 0.7}, vector),
        on(box{.low = -0.5, .high = 2}, vector),
        on(linf_ball{.radius = 0.8}, vector),
        on(group_rows{}, matrix),
        on(group_columns{}, matrix),
        on(group_kernels{}, kernels),
        on(sparse_group_lasso<group_rows>{.group_share = 0.3}, matrix),
        on(sparse_group_lasso<group_columns>{.group_share = 1}, matrix),
        on(group_indices({{4, 0}, {1, 2, 5}}), vector),
        on(nuclear{}, matrix),
        on(total_variation{}, vector),
        on(total_variation{}, matrix),
        on(slope({3, 2, 1, 1, 0.5, 0}), vector),
        on(slope::benjamini_hochberg(6, 0.2), matrix),
        on(simplex{}, vector),
        on(simplex{.sum = 2.5}, matrix),
    };
}

/// f(j) for each of them.
template <class T = double, class Function>
void for_each_regularizer(Function&& f) {
    std::apply(
        [&](const auto&... j) {
            const auto check = [&](const auto& function) {
                BOOST_TEST_CONTEXT(function.name()) { f(function); }
            };
            (check(j), ...);
        },
        all_regularizers<T>());
}

} // namespace bregman::testing
