#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <bregman/base/portability.hpp>

/// \file
/// Calls a policy with a value: directly when the policy takes that value type, else element by element.
/// That is how a policy written for scalars alone works on the CPU's lanes; what it costs is in
/// docs/performance.md.

namespace bregman::evaluate {

/// f applied to each scalar of a lane.
template <class V, class Function>
BREGMAN_INLINE V per_element(const V& x, Function&& f) {
    using T = std::remove_cvref_t<decltype(x[0])>;
    alignas(V) T values[V::width];
    x.store(values);
    for (int i = 0; i < V::width; ++i) values[i] = f(values[i]);
    return V::load(values);
}

/// The threshold t is one for all elements, or a V when the mirror map differs from element to element.
template <class R, class V, class T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V prox(const R& regularizer, const V& x, T t) {
    if constexpr (requires {
                      { regularizer.prox(x, t) } -> std::same_as<V>;
                  }) {
        return regularizer.prox(x, t);
    } else if constexpr (std::is_same_v<T, V>) {
        int i = 0;
        return per_element(x, [&](auto element) { return regularizer.prox(element, t[i++]); });
    } else {
        return per_element(x, [&](T element) { return regularizer.prox(element, t); });
    }
}

/// The regularizer's subgradient, of a number or of all of a SIMD register.
template <class R, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V subgradient(const R& regularizer, const V& x) {
    if constexpr (requires {
                      { regularizer.subgradient(x) } -> std::same_as<V>;
                  })
        return regularizer.subgradient(x);
    else
        return per_element(x, [&](auto element) { return regularizer.subgradient(element); });
}

/// The regularizer's critical_lambda, of a number or of all of a SIMD register.
template <class R, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V critical_lambda(const R& regularizer, const V& dual) {
    if constexpr (requires {
                      { regularizer.critical_lambda(dual) } -> std::same_as<V>;
                  })
        return regularizer.critical_lambda(dual);
    else
        return per_element(dual, [&](auto element) { return regularizer.critical_lambda(element); });
}

/// grad phi^*, of a number or of all of a SIMD register.
template <class M, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_primal(const M& mirror, const V& dual) {
    if constexpr (requires {
                      { mirror.to_primal(dual) } -> std::same_as<V>;
                  })
        return mirror.to_primal(dual);
    else
        return per_element(dual, [&](auto element) { return mirror.to_primal(element); });
}

/// grad phi, of a number or of all of a SIMD register.
template <class M, class V>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V to_dual(const M& mirror, const V& theta) {
    if constexpr (requires {
                      { mirror.to_dual(theta) } -> std::same_as<V>;
                  })
        return mirror.to_dual(theta);
    else
        return per_element(theta, [&](auto element) { return mirror.to_dual(element); });
}

/// What a direction subtracts from v, of a number or of all of a SIMD register; updates the moments.
template <class Step, class V, class... Moments>
BREGMAN_HOST_DEVICE BREGMAN_INLINE V increment(const Step& step, const V& g, Moments&... moments) {
    // nvcc 13 answers no to `requires { step(g, moments...); }` where there is one moment.
    if constexpr (requires { requires std::same_as<std::invoke_result_t<const Step&, const V&, Moments&...>, V>; }) {
        return step(g, moments...);
    } else {
        using T = std::remove_cvref_t<decltype(g[0])>;
        alignas(V) T values[V::width];
        alignas(V) T moment_values[sizeof...(Moments) + 1][V::width];
        g.store(values);
        int stored = 0;
        (moments.store(moment_values[stored++]), ...);
        for (int i = 0; i < V::width; ++i) {
            values[i] = [&]<std::size_t... m>(std::index_sequence<m...>) {
                return step(values[i], moment_values[m][i]...);
            }(std::index_sequence_for<Moments...>{});
        }
        int loaded = 0;
        ((moments = V::load(moment_values[loaded++])), ...);
        return V::load(values);
    }
}

} // namespace bregman::evaluate
