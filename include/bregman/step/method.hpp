#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/step/moving_interval.hpp>
#include <bregman/step/settings.hpp>
#include <bregman/step/state.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/parameters.hpp>

namespace bregman::step {

/// All parameter groups, where a function takes the number of one.
inline constexpr index_t all_groups = -1;

/// What the passes of a step write down on the way. Nothing in it outlives a step, but its memory does.
template <class T, class Buffer, class Increment>
struct scratch {
    std::vector<Increment> increments;   ///< of each tensor, this step
    std::vector<index_t> chunk_nonzeros; ///< of each chunk of the plan
    std::vector<index_t> group_nonzeros; ///< of each parameter group
    std::vector<index_t> group_kept;     ///< those of them that were non-zero before, where supports are compared
    std::vector<index_t> group_nonzeros_before; ///< the same: of the pass before
    std::vector<char> group_is_passed;          ///< whether the present pass computes a tensor of the group
    std::vector<index_t> skipped_nonzeros;      ///< of each tensor that takes no part in steps; -1 before it is counted
    std::vector<char> theta_is_older;           ///< of each tensor: at rest since its group's lambda has changed
    std::size_t known_tensors = 0;              ///< whose non-zeros are counted; the list may have grown since
    std::vector<double> chunk_squares;          ///< of the gradient
    std::vector<double> tensor_squares;         ///< the same of each tensor, where the direction asks for it
    std::vector<double> theta_squares;          ///< and of each tensor's theta
    std::vector<double> tensor_memory;          ///< what the direction will remember when this step is made
    std::vector<moving_interval<T>> expected_critical; ///< where lambda_for is expected: of each group, and of all
    Buffer critical;                                   ///< the lambda at which each element vanishes
};

/// What a step works with: the five policies, what the optimizer was told, what it remembers, and how its tensors are
/// cut into work.
template <class Direction, class Mirror, class Regularizer, class Law, class Backend>
struct method {
    using types = contract::backend_types<Backend>; // stand-ins for a wrong backend, so that one error is printed
    using scalar = typename types::scalar;
    using buffer = typename types::buffer;
    using stored = typename contract::stored_of<Backend>::type; ///< of theta and gradient; `scalar` as a rule
    using direction_type = Direction;
    using mirror_type = Mirror;
    using regularizer_type = Regularizer;
    using law_type = Law;
    using backend_type = Backend;
    using parameter_list = bregman::parameter_list<stored, Regularizer>;
    using increment = typename contract::increment_of<Direction, scalar>::type;

    optimizer_settings<scalar> settings;
    Direction direction;
    Mirror mirror;
    Regularizer regularizer; ///< of a single tensor; parameter groups bring their own
    Law law;
    std::vector<std::remove_const_t<Law>> group_laws; ///< with lambda_scope::each_group
    Backend backend;

    optimizer_state<scalar, buffer> state;
    work_plan plan;
    step::scratch<scalar, buffer, increment> scratch;

    /// The sparsity asked for in the present epoch.
    scalar target() const { return settings.target.at(state.epoch); }

    /// The same of a parameter group, or of all.
    scalar target(const parameter_list& parameters, index_t group) const {
        if (group == all_groups) return target();
        const auto& own = parameters.groups()[std::size_t(group)].target;
        return own ? scalar(*own) : target();
    }

    /// tau of a parameter group.
    scalar step_size(const parameter_group<Regularizer>& group) const {
        return group.step_size ? scalar(*group.step_size) : state.step_size;
    }
};

} // namespace bregman::step
