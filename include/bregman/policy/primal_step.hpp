#pragma once

#include <concepts>
#include <type_traits>
#include <variant>

#include <bregman/concepts.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/policy/evaluate.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// theta = grad (phi + lambda J)^*(v) for one pair of mirror map and regularizer. A specialisation exists
/// exactly for the pairs with a closed form; add one for a pair of your own:
///
///     template <class V, class T>
///     static V apply(const Mirror&, const Regularizer&, const V& dual, T lambda);         // element-wise J
///     template <class T>
///     static T group_factor(const Mirror&, const Regularizer&, T norm, T size, T lambda); // grouped J:
///         // theta_g = this * to_primal(v_g), norm = ||to_primal(v_g)||
///     template <class V>
///     static V first(const Mirror&, const V& dual);                                       // J of a tensor:
///     template <class T>
///     static void whole(const Mirror&, const Regularizer&, const tensor_view<T>& theta, T lambda);
///         // theta holds first(v) of every element and becomes the result
template <class Mirror, class Regularizer>
struct primal_step;

template <class Mirror>
inline constexpr bool is_euclidean = false;
template <class T>
inline constexpr bool is_euclidean<euclidean<T>> = true;

// What the pairs below ask of a policy.

/// phi(-x) = phi(x), so that grad phi^*(0) = 0: p-norm, hypentropy.
template <class Mirror>
inline constexpr bool is_even = requires { requires Mirror::is_even; };
/// phi lives on x > 0: negative entropy, Burg.
template <class Mirror>
inline constexpr bool is_positive = requires { requires Mirror::is_positive; };
/// j(c x) = c j(x) for c > 0, element-wise: l1 with and without weights, non-negative l1.
template <class Regularizer>
inline constexpr bool is_homogeneous = requires { requires Regularizer::is_homogeneous; };
/// The indicator of an interval: box, l-infinity ball.
template <class Regularizer>
inline constexpr bool is_interval = requires { requires Regularizer::is_interval; };

/// Whether lambda changes nothing: J = 0, and indicators, whose prox is a projection.
template <class Regularizer>
inline constexpr bool ignores_lambda = is_interval<Regularizer> || requires { requires Regularizer::ignores_lambda; };

/// phi = ||.||^2 / (2 delta): theta = prox_{delta lambda J}(delta v), for every J with a proximal operator.
template <class Scalar, class Regularizer>
struct primal_step<euclidean<Scalar>, Regularizer> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const euclidean<Scalar>& mirror, const Regularizer& regularizer,
                                                      const V& dual, T lambda) {
        using threshold = std::conditional_t<std::is_arithmetic_v<Scalar>, T, V>; // a delta for each element: V
        return evaluate::prox(regularizer, mirror.to_primal(dual), threshold(mirror.delta * lambda));
    }
    template <class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static T group_factor(const euclidean<Scalar>& mirror,
                                                             const Regularizer& regularizer, T norm, T size, T lambda) {
        return regularizer.group_prox(norm, size, T(mirror.delta * lambda));
    }
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V first(const euclidean<Scalar>& mirror, const V& dual) {
        return mirror.to_primal(dual);
    }
    template <class T>
    static void whole(const euclidean<Scalar>& mirror, const Regularizer& regularizer, const tensor_view<T>& theta,
                      T lambda) {
        regularizer.prox(theta, T(mirror.delta * lambda));
    }
};

/// J = 0: theta = grad phi^*(v), for every mirror map.
template <class Mirror>
    requires(!is_euclidean<Mirror>)
struct primal_step<Mirror, none> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const Mirror& mirror, const none&, const V& dual, T) {
        return evaluate::to_primal(mirror, dual);
    }
};

/// The indicator of an interval: theta is the projection of grad phi^*(v), for every separable mirror map.
template <class Mirror, class Regularizer>
    requires(!is_euclidean<Mirror> && is_interval<Regularizer>)
struct primal_step<Mirror, Regularizer> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const Mirror& mirror, const Regularizer& regularizer,
                                                      const V& dual, T lambda) {
        return evaluate::prox(regularizer, evaluate::to_primal(mirror, dual), lambda);
    }
};

/// Even phi and homogeneous J: theta = grad phi^*(prox_{lambda J}(v)), for l1 grad phi^*(shrink(v, lambda)).
template <class Mirror, class Regularizer>
    requires(is_even<Mirror> && is_homogeneous<Regularizer>)
struct primal_step<Mirror, Regularizer> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const Mirror& mirror, const Regularizer& regularizer,
                                                      const V& dual, T lambda) {
        return evaluate::to_primal(mirror, evaluate::prox(regularizer, dual, lambda));
    }
};

/// phi on x > 0, where a homogeneous J is linear: theta = grad phi^*(v - lambda j'). It has no zeros.
template <class Mirror, class Regularizer>
    requires(is_positive<Mirror> && is_homogeneous<Regularizer>)
struct primal_step<Mirror, Regularizer> {
    template <class V, class T>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V apply(const Mirror& mirror, const Regularizer& regularizer,
                                                      const V& dual, T lambda) {
        return evaluate::to_primal(mirror, dual - V(lambda) * evaluate::subgradient(regularizer, V(1)));
    }
};

namespace contract {
/// The scalar type of a policy template such as diagonal<T>; float for policies that have none.
template <class Policy>
struct scalar_of {
    using type = float;
};
template <template <class> class Policy, std::floating_point T>
struct scalar_of<Policy<T>> {
    using type = T;
};

template <class Mirror, class Regularizer>
inline constexpr bool has_primal_step = requires { sizeof(primal_step<Mirror, Regularizer>); };
template <class Mirror, class Regularizer, class T>
struct has_closed_form : std::bool_constant<has_primal_step<Mirror, Regularizer>> {};
// A located mirror map is looked at where it is used: at an element. Groups and whole tensors have no closed form.
template <class Mirror, class Regularizer, class T>
    requires(!std::is_same_v<policy_at_element<Mirror, T>, Mirror>)
struct has_closed_form<Mirror, Regularizer, T> : std::bool_constant<elementwise_regularizer<Regularizer, T>> {};
template <class Mirror, class... Regularizers, class T>
struct has_closed_form<Mirror, std::variant<Regularizers...>, T>
    : std::bool_constant<(has_closed_form<Mirror, Regularizers, T>::value && ...)> {};
} // namespace contract

/// Whether theta = grad (phi + lambda J)^*(v) has a closed form for the pair. T matters to located policies only.
template <class Mirror, class Regularizer, class T = typename contract::scalar_of<Mirror>::type>
inline constexpr bool has_closed_form = contract::has_closed_form<Mirror, Regularizer, T>::value;

} // namespace bregman
