#pragma once

#include <cstdint>
#include <type_traits>

#include <bregman/backends/thrust/bodies.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/concepts.hpp>
#include <bregman/directions/tensor_statistics.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// The passes of the optimizer with lambda and all else that changes from step to step in device memory: each lane makes
/// the kernel that the host would have made (kernels.hpp), from what it reads there, and runs it.

namespace bregman::device {

/// The part of a tensor's kernel that depends on lambda.
template <class T, class Mirror, class Regularizer>
struct resident_primal {
    Mirror mirror;
    Regularizer regularizer;
    const T* group_lambda; ///< of the parameter group
    double lambda_scale;
    bool rescales; ///< dual_rule::prox_rescaled

    /// For an element-wise regularizer, or the part of a grouped one that acts within the groups.
    BREGMAN_HOST_DEVICE auto elements() const {
        const T lambda = lambda_now();
        if constexpr (elementwise_regularizer<Regularizer, T>)
            return kernel::regularized_primal<Mirror, Regularizer, T>{mirror_at(lambda), regularizer, lambda};
        else if constexpr (has_part_within<Regularizer>)
            return kernel::regularized_primal<Mirror, decltype(regularizer.within()), T>{mirror_at(lambda),
                                                                                         regularizer.within(), lambda};
        else
            return kernel::mirrored_primal<Mirror>{mirror_at(lambda)};
    }
    BREGMAN_HOST_DEVICE auto factor(T scale) const {
        const T lambda = lambda_now();
        return kernel::group_factor<Mirror, Regularizer, T>{mirror_at(lambda), regularizer, lambda, scale};
    }

  private:
    BREGMAN_HOST_DEVICE T lambda_now() const { return T(double(*group_lambda) * lambda_scale); }
    BREGMAN_HOST_DEVICE Mirror mirror_at([[maybe_unused]] T lambda) const {
        Mirror scaled = mirror;
        if constexpr (is_euclidean<Mirror> && !ignores_lambda<Regularizer>)
            if (rescales && lambda > 0) scaled.delta /= lambda;
        return scaled;
    }
};

/// Makes the kernel of a step.
template <class State, class Direction, class Stored>
struct make_update {
    using T = typename State::scalar;
    static constexpr bool scales_theta = contract::scales_theta<Direction, T>;
    static constexpr int moment_count = Direction::moments;

    const Stored* gradient;
    T* dual;
    Stored* theta;
    T* moments[std::size_t(moment_count > 0 ? moment_count : 1)];
    const decltype(State::increment)* own = nullptr; ///< the tensor's, for a direction that remembers tensors

    BREGMAN_HOST_DEVICE static bool is_idle(const State& state) { return state.refused; }
    template <class Primal>
    BREGMAN_HOST_DEVICE auto operator()(const State& state, const Primal& primal) const {
        kernel::update<T, moment_count, decltype(State::increment), Primal, Stored> result{
            gradient, dual, theta, {}, state.gradient_scale, increment(state), primal};
        for (int m = 0; m < moment_count; ++m) result.moments[m] = moments[m];
        return result;
    }

  private:
    BREGMAN_HOST_DEVICE auto increment(const State& state) const {
        if constexpr (contract::remembers_tensors<Direction>)
            return *own;
        else
            return state.increment;
    }
};

/// Makes the kernel that computes theta again.
template <class State, class Direction, class Stored>
struct make_refresh {
    using T = typename State::scalar;
    static constexpr bool scales_theta = contract::scales_theta<Direction, T>;

    const T* dual;
    Stored* theta;

    BREGMAN_HOST_DEVICE static bool is_idle(const State& state) { return !state.again; }
    template <class Primal>
    BREGMAN_HOST_DEVICE auto operator()(const State&, const Primal& primal) const {
        return kernel::refresh<T, Primal, Stored>{dual, theta, primal};
    }
};

/// What all bodies below are made of.
template <class State, class Make, class Primal>
struct resident_body {
    using T = typename State::scalar;

    const State* state;
    Make make;
    Primal primal;

    BREGMAN_HOST_DEVICE bool is_idle() const { return Make::is_idle(*state); }
    /// Decoupled weight decay acts after the primal step: on elements, or in the factor of their group.
    BREGMAN_HOST_DEVICE auto kernel_of_elements() const {
        if constexpr (Make::scales_theta) {
            const auto inner = primal.elements();
            return make(*state,
                        kernel::scaled_primal<std::remove_const_t<decltype(inner)>, T>{inner, state->primal_factor});
        } else {
            return make(*state, primal.elements());
        }
    }
    BREGMAN_HOST_DEVICE auto kernel_within_groups() const { return make(*state, primal.elements()); }
    /// Bytes that a kernel within groups moves, when it is not idle.
    traffic moves_within_groups(index_t elements) const {
        using kernel = std::remove_cvref_t<decltype(kernel_within_groups())>;
        return is_idle() ? traffic{} : traffic_of_scaled<kernel>(elements);
    }
    traffic moves_elements(index_t elements) const {
        using kernel = std::remove_cvref_t<decltype(kernel_of_elements())>;
        return is_idle() ? traffic{} : traffic_of_elements<kernel>(elements);
    }
    BREGMAN_HOST_DEVICE auto factor() const { return primal.factor(Make::scales_theta ? state->primal_factor : T(1)); }
};

template <class State, class Make, class Primal>
struct resident_elements {
    static constexpr index_t per_tile = 1024;
    resident_body<State, Make, Primal> body;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at) const {
        if (body.is_idle()) return 0;
        const auto kernel = body.kernel_of_elements();
        return count_elements<typename State::scalar, std::remove_const_t<decltype(kernel)>>{kernel}(at);
    }
    traffic moves(index_t elements) const { return body.moves_elements(elements); }
};

/// A lane for each group.
template <class State, class Make, class Primal>
struct resident_groups {
    resident_body<State, Make, Primal> body;
    group_layout layout;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at) const {
        if (body.is_idle()) return 0;
        const auto kernel = body.kernel_within_groups();
        const auto factor = body.factor();
        return count_groups<typename State::scalar, std::remove_const_t<decltype(kernel)>,
                            std::remove_const_t<decltype(factor)>>{{kernel, factor, body.make.theta, layout}}(at);
    }
    traffic moves(index_t groups) const { return body.moves_within_groups(groups * layout.size); }
};

/// Contiguous groups: Groups is short_groups or long_group.
template <template <class, class, class> class Groups, class State, class Make, class Primal>
struct resident_contiguous {
    resident_body<State, Make, Primal> body;
    index_t size;

    BREGMAN_HOST_DEVICE double begin(const place& at) const { return body.is_idle() ? 0 : groups().begin(at); }
    BREGMAN_HOST_DEVICE std::int32_t finish(const place& at, double sum) const {
        return body.is_idle() ? 0 : groups().finish(at, sum);
    }
    traffic moves(index_t groups) const { return body.moves_within_groups(groups * size); }

  private:
    BREGMAN_HOST_DEVICE auto groups() const {
        const auto kernel = body.kernel_within_groups();
        const auto factor = body.factor();
        return Groups<typename State::scalar, std::remove_const_t<decltype(kernel)>,
                      std::remove_const_t<decltype(factor)>>{kernel, factor, body.make.theta, size};
    }
};

/// Writes the lambdas at which elements or groups vanish, f(i) for each unit, when they are asked for.
template <class State, class Function>
struct resident_table {
    static constexpr index_t per_tile = 1024;
    const State* state;
    Function f;

    BREGMAN_HOST_DEVICE std::int32_t operator()(const place& at) const {
        if (!state->asks) return 0;
        using T = typename State::scalar;
        if constexpr (has_two_halves<Function, T>)
            for_elements<T>(f, at.first + at.lane, at.last, [](T, const auto&) {});
        else
            for (index_t i = at.first + at.lane; i < at.last; i += lanes) f(i);
        return 0;
    }
    traffic moves(index_t units) const { return state->asks ? traffic_of_elements<Function>(units) : traffic{}; }
};

} // namespace bregman::device
