#pragma once

#include <concepts>

#include <bregman/concepts.hpp>
#include <bregman/evaluate.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/regularizers/none.hpp>

namespace bregman {

/// theta = grad (phi + lambda J)^*(v) for one pair of mirror map and regularizer. A specialisation exists
/// exactly for the pairs with a closed form; add one for a pair of your own:
///
///     template <class V, class T>
///     static V apply(const Mirror&, const Regularizer&, const V& dual, T lambda);      // element-wise J
///     template <class T>
///     static T group_factor(const Mirror&, const Regularizer&, T norm, T size, T lambda); // grouped J:
///         // theta_g = this * to_primal(v_g), norm = ||to_primal(v_g)||
template <class Mirror, class Regularizer>
struct primal_step;

template <class Mirror>
inline constexpr bool is_euclidean = false;
template <class T>
inline constexpr bool is_euclidean<euclidean<T>> = true;

/// phi = ||.||^2 / (2 delta): theta = prox_{delta lambda J}(delta v), for every J with a proximal operator.
template <class Scalar, class Regularizer>
struct primal_step<euclidean<Scalar>, Regularizer> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V
    apply(const euclidean<Scalar>& mirror, const Regularizer& regularizer, const V& dual, T lambda) {
        return evaluate::prox(regularizer, mirror.to_primal(dual), T(mirror.delta * lambda));
    }
    template <class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static T
    group_factor(const euclidean<Scalar>& mirror, const Regularizer& regularizer, T norm, T size, T lambda) {
        return regularizer.group_prox(norm, size, T(mirror.delta * lambda));
    }
};

/// J = 0: theta = grad phi^*(v), for every mirror map.
template <class Mirror>
requires(!is_euclidean<Mirror>) struct primal_step<Mirror, none> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const Mirror& mirror, const none&, const V& dual, T) {
        return evaluate::to_primal(mirror, dual);
    }
};

namespace contract {
template <class Mirror, class Regularizer>
    struct has_closed_form : std::bool_constant < requires {
    sizeof(primal_step<Mirror, Regularizer>);
} > {};
template <class Mirror, class... Regularizers>
struct has_closed_form<Mirror, std::variant<Regularizers...>>
    : std::bool_constant<(has_closed_form<Mirror, Regularizers>::value && ...)> {};
} // namespace contract

/// Whether theta = grad (phi + lambda J)^*(v) has a closed form for the pair.
template <class Mirror, class Regularizer>
inline constexpr bool has_closed_form = contract::has_closed_form<Mirror, Regularizer>::value;

} // namespace bregman
