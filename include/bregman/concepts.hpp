#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/control/observation.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// Every contract of the library. A policy is any type that fits; there is nothing to derive from.
/// `T` is the scalar type. The class template `optimizer` checks each concept with a static_assert whose text
/// repeats the signature. docs/concepts/ has a table of valid expressions per concept.

namespace bregman {

struct work_plan;

// ---- direction -----------------------------------------------------------------------------------------

namespace contract {
/// Whether `s(g, m1, ...)` with that many moments is callable with scalars and returns one.
template <class Step, class T, int Moments>
inline constexpr bool steps_with = false;
template <class Step, class T>
inline constexpr bool steps_with<Step, T, 0> = requires(const Step& s, T g) {
    { s(g) } -> std::same_as<T>;
};
template <class Step, class T>
inline constexpr bool steps_with<Step, T, 1> = requires(const Step& s, T g, T m) {
    { s(g, m) } -> std::same_as<T>;
};
template <class Step, class T>
inline constexpr bool steps_with<Step, T, 2> = requires(const Step& s, T g, T m) {
    { s(g, m, m) } -> std::same_as<T>;
};
template <class Step, class T>
inline constexpr bool steps_with<Step, T, 3> = requires(const Step& s, T g, T m) {
    { s(g, m, m, m) } -> std::same_as<T>;
};
} // namespace contract

/// Turns a gradient into what is subtracted from the dual variable, step size included.
///
///     static constexpr int moments;                       // buffers of the size of theta, 0 to 3
///     auto at(std::int64_t step, T step_size) const;      // constants of this step (counted from 1)
///     V at(...)::operator()(const V& g, V& m1, ...) const // v <- v - this
///
/// Optional members of what at() returns, for weight decay: `V adjust_gradient(const V& g, const V& theta) const`
/// changes g before anything else (theta is then read too), and `T primal_factor` multiplies theta at the end. For decay
/// inside v and for a leak: `V adjust_dual(const V& v) const` or `V adjust_dual(const V& v, const V& theta) const`
/// changes v before the increment is subtracted, and `V adjust_increment(const V& increment, const V& g, const V& theta) const`
/// changes what is subtracted. A direction that scales by the size of a tensor's gradient has
///
///     double remember(double before, const tensor_statistics& seen) const; // a number >= 0 of each tensor, 0 at first
///     auto at(std::int64_t step, T step_size, double remembered = 0) const;
template <class D, class T>
concept direction = std::copy_constructible<D> && requires(const D& d, std::int64_t step, T step_size) {
    { D::moments } -> std::convertible_to<int>;
    d.at(step, step_size);
    requires contract::steps_with<decltype(d.at(step, step_size)), T, D::moments>;
};

namespace contract {
/// What a direction's at() returns; a stand-in when it has none, for the static_assert to be the only error.
template <class D, class T>
struct increment_of {
    using type = int;
};
template <class D, class T>
    requires requires(const D& d) { d.at(std::int64_t(1), T(1)); }
struct increment_of<D, T> {
    using type = std::remove_cvref_t<decltype(std::declval<const D&>().at(std::int64_t(1), T(1)))>;
};

/// Whether a step compares theta with what it was, to count births and deaths (directions/turnover.hpp): what a direction's at()
/// returns has `static constexpr bool compares_supports = true`.
template <class Increment>
concept compares_supports = requires { requires Increment::compares_supports; };

/// Whether theta is multiplied by a number at the end of each step.
template <class D, class T>
concept scales_theta = requires(const D& d) {
    { d.at(std::int64_t(1), T(1)).primal_factor } -> std::convertible_to<T>;
};
} // namespace contract

// ---- mirror map ----------------------------------------------------------------------------------------

/// A strictly convex phi, known by its gradient maps.
///
///     V to_dual(const V& theta) const;      // grad phi
///     V to_primal(const V& dual) const;     // grad phi^*, the inverse of to_dual
///
/// A map that differs from element to element is located (located.hpp). Optional, for pairs with a closed form
/// (primal_step.hpp): `static constexpr bool is_even` or `is_positive`.
template <class M, class T>
concept mirror_map = std::copy_constructible<M> && requires(const policy_at_element<M, T>& m, T x) {
    { m.to_dual(x) } -> std::same_as<T>;
    { m.to_primal(x) } -> std::same_as<T>;
};

// ---- regularizers --------------------------------------------------------------------------------------

/// J(theta) = sum of j(theta_i). lambda is an argument of every call and never stored.
///
///     V value(const V& x) const;            // j(x)
///     V subgradient(const V& x) const;      // the smallest element of the subdifferential
///     V prox(const V& x, T t) const;        // argmin_u  t j(u) + (u - x)^2 / 2
///
/// One that differs from element to element is located (located.hpp). Optional, for pairs with a closed form
/// (primal_step.hpp): `static constexpr bool is_homogeneous` or `is_interval`.
template <class R, class T>
concept elementwise_regularizer = std::copy_constructible<R> && requires(const policy_at_element<R, T>& r, T x, T t) {
    { r.value(x) } -> std::same_as<T>;
    { r.subgradient(x) } -> std::same_as<T>;
    { r.prox(x, t) } -> std::same_as<T>;
};

/// J(theta) = sum over groups of j(||theta_g||, n_g): everything scales a group by one factor.
///
///     group_layout groups(const tensor_shape&) const;
///     T group_value(T norm, T size) const;               // j
///     T group_subgradient(T norm, T size) const;         // p_g = this * theta_g
///     T group_prox(T norm, T size, T t) const;           // prox(x)_g = this * x_g
///     auto within() const;                               // optional: an element-wise regularizer that is added
///                                                        // to J; its prox goes first, norms are of the result
template <class R, class T>
concept grouped_regularizer =
    std::copy_constructible<R> && requires(const R& r, const tensor_shape& shape, T norm, T size, T t) {
        { r.groups(shape) } -> std::same_as<group_layout>;
        { r.group_value(norm, size) } -> std::same_as<T>;
        { r.group_subgradient(norm, size) } -> std::same_as<T>;
        { r.group_prox(norm, size, t) } -> std::same_as<T>;
    };

/// Whether a grouped regularizer adds an element-wise one to J.
template <class R>
inline constexpr bool has_part_within = requires(const R& r) { r.within(); };

/// J of a tensor as a whole (singular values, neighbours, sorted values). Runs on the host and may allocate.
///
///     T value(const tensor_view<const T>& x) const;
///     void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const;
///     void prox(const tensor_view<T>& x, T t) const;     // in place
template <class R, class T>
concept tensor_regularizer = std::copy_constructible<R> &&
                             requires(const R& r, const tensor_view<const T>& x, const tensor_view<T>& result, T t) {
                                 { r.value(x) } -> std::same_as<T>;
                                 { r.subgradient(x, result) } -> std::same_as<void>;
                                 { r.prox(result, t) } -> std::same_as<void>;
                             };

namespace contract {
// A disjunction of concepts stops at the first that holds: a policy is not asked for what it is not.
template <class R, class T>
concept any_regularizer = elementwise_regularizer<R, T> || grouped_regularizer<R, T> || tensor_regularizer<R, T>;
template <class R, class T>
struct is_regularizer : std::bool_constant<any_regularizer<R, T>> {};
template <class... R, class T>
struct is_regularizer<std::variant<R...>, T> : std::bool_constant<(is_regularizer<R, T>::value && ...)> {};
} // namespace contract

/// One of the three kinds above, or a std::variant of them when parameter groups differ.
template <class R, class T>
concept regularizer = contract::is_regularizer<R, T>::value;

/// A regularizer that can say at which lambda a value becomes zero, which is what the quantile law inverts.
///
///     T critical_lambda(T v) const;                      // or critical_lambda(T norm, T size) for groups
template <class R, class T>
concept has_critical_lambda = requires(const policy_at_element<R, T>& r, T v) {
    { r.critical_lambda(v) } -> std::same_as<T>;
} || requires(const R& r, T norm, T size) {
    { r.critical_lambda(norm, size) } -> std::same_as<T>;
};

// ---- control law ---------------------------------------------------------------------------------------

/// Any callable `T law(const observation<T>&)` that returns the lambda to use from the next step on.
/// Copy-constructible rather than copyable: lambda expressions with captures are not assignable.
template <class L, class T>
concept control_law = std::copy_constructible<L> && requires(L& law, const observation<T>& seen) {
    { law(seen) } -> std::convertible_to<T>;
};

/// Whether theta is to be computed again with the lambda that the law has just returned.
template <class Law>
bool acts_at_once([[maybe_unused]] const Law& law) {
    if constexpr (requires { law.acts_at_once; })
        return law.acts_at_once;
    else
        return false;
}

/// Whether a law asks the observation for lambda_for(...): regularizers that cannot say at which lambda an element vanishes
/// are then refused before the first step. It says so itself: `static constexpr bool needs_lambda_for = true`.
template <class Law>
bool needs_lambda_for([[maybe_unused]] const Law& law) {
    if constexpr (requires { law.needs_lambda_for; })
        return law.needs_lambda_for;
    else
        return false;
}

/// A law that runs where theta lives, without a copy to the host. It says so itself, for no compiler can tell, and
/// its functions are BREGMAN_HOST_DEVICE.
///
///     static constexpr bool runs_on_device = true;
///     T operator()(const device_observation<T>&);        // trivially copyable, like the law
///
/// or, for a law that sets lambda to lambda_for(target), `bool asks_for_lambda(const device_observation<T>&) const`; one
/// that goes there by steps of its own has `T towards(std::int64_t step, T lambda, T found) const` too.
template <class L, class T>
concept device_law = control_law<L, T> && std::is_trivially_copyable_v<L> && requires { requires L::runs_on_device; } &&
                     (
                         requires(L& law, const device_observation<T>& seen) {
                             { law(seen) } -> std::convertible_to<T>;
                         } ||
                         requires(const L& law, const device_observation<T>& seen) {
                             { law.asks_for_lambda(seen) } -> std::convertible_to<bool>;
                         });

// ---- observer ------------------------------------------------------------------------------------------

template <class T>
struct progress;

/// Any callable that takes `const progress<T>&`; one that returns bool stops the loop with `false`.
template <class O, class T>
concept observer = std::copy_constructible<O> && requires(O& o, const progress<T>& p) { o(p); } &&
                   (std::is_void_v<std::invoke_result_t<O&, const progress<T>&>> ||
                    std::convertible_to<std::invoke_result_t<O&, const progress<T>&>, bool>);

// ---- backend -------------------------------------------------------------------------------------------

namespace contract {
/// The types of a backend; dummies when it has none, for the static_assert that says so to be the only error.
template <class B>
struct backend_types {
    using scalar = float;
    using buffer = int;
};
template <class B>
    requires requires {
        typename B::scalar;
        typename B::buffer;
    }
struct backend_types<B> {
    using scalar = typename B::scalar;
    using buffer = typename B::buffer;
};

/// What a backend stores theta and gradient in: its scalar, unless it says `using stored = ...`.
template <class B>
struct stored_of {
    using type = typename backend_types<B>::scalar;
};
template <class B>
    requires requires { typename B::stored; }
struct stored_of<B> {
    using type = typename B::stored;
};

/// The number of moments of a direction; 0 when it does not say.
template <class D>
inline constexpr int moments_of = 0;
template <class D>
    requires requires {
        { D::moments } -> std::convertible_to<int>;
    }
inline constexpr int moments_of<D> = D::moments;
} // namespace contract

/// Where the numbers live and how a functor is run over them. docs/concepts/backend.md describes each member.
template <class B>
concept backend = std::copy_constructible<B> &&
                  requires {
                      typename B::scalar;
                      typename B::buffer;
                  } &&
                  requires(B& b, typename B::buffer& buffer, const typename B::buffer& seen,
                           const typename B::scalar* data, index_t n, const std::vector<typename B::scalar>& host) {
                      { b.zeros(n) } -> std::same_as<typename B::buffer>;
                      { b.data(buffer) } -> std::same_as<typename B::scalar*>;
                      { b.data(seen) } -> std::same_as<const typename B::scalar*>;
                      { b.size(seen) } -> std::same_as<index_t>;
                      { b.chunk_size() } -> std::same_as<index_t>;
                      { b.sum_of_squares(data, index_t(), n) } -> std::same_as<double>;
                      { b.to_host(data, n) } -> std::same_as<std::vector<typename B::scalar>>;
                      {
                          b.order_statistics(b.data(buffer), n, n)
                      } -> std::same_as<std::pair<typename B::scalar, typename B::scalar>>;
                      b.to_device(host, b.data(buffer));
                  };

namespace contract {
/// Whether a backend's buffers are shared out among processes (distributed/sharded.hpp).
template <class B>
concept shared_out = requires(const B& b) { b.communicator(); };

/// Whether a backend takes all tensors of a pass at once, which spares a GPU a kernel for each of them.
template <class B>
concept sweeps_all = requires(B& b, const work_plan& plan, std::vector<index_t>& nonzeros, void (*record)()) {
    b.sweep_all(plan, nonzeros, record);
};
} // namespace contract

} // namespace bregman
