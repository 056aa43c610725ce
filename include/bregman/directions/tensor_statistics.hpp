#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// What a direction may ask of each tensor before a step.
struct tensor_statistics {
    double gradient_squares = 0; ///< sum of g_i^2, of the gradient that the step uses: after clipping
    double theta_squares = 0; ///< sum of theta_i^2 before the step; for directions with `asks_for_theta` alone, else 0
    index_t size = 0;         ///< elements, at least 1
    std::int64_t step = 0;    ///< of the tensor, counted from 1
};

namespace contract {
/// Whether a direction keeps a number >= 0 for each tensor, 0 at first: remember(before, statistics) is the one of this step, and
/// at(step, step_size, remembered) gets it. It is part of the optimizer's state.
template <class D>
concept remembers_tensors = requires(const D& d, double before, const tensor_statistics& seen) {
    { d.remember(before, seen) } -> std::convertible_to<double>;
};
/// Whether a direction, or one that it has as `direction` inside, says so: `static constexpr bool asks_for_theta = true`.
template <class D>
constexpr bool says_it_asks_for_theta() {
    if constexpr (requires { D::asks_for_theta; })
        return D::asks_for_theta;
    else if constexpr (requires(const D& d) { d.direction; })
        return says_it_asks_for_theta<std::remove_cvref_t<decltype(std::declval<const D&>().direction)>>();
    else
        return false;
}
/// Whether it wants to see theta's sum of squares too, at one read of theta more.
template <class D>
concept asks_for_theta = remembers_tensors<D> && says_it_asks_for_theta<D>();
} // namespace contract

} // namespace bregman
