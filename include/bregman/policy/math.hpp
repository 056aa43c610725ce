#pragma once

#include <cmath>
#include <complex>
#include <concepts>
#include <type_traits>

#include <bregman/base/portability.hpp>

/// \file
/// The functions that policies are written with. Each exists for a scalar (here, host and device) and for a
/// lane of scalars (lane.hpp), so that one line of a policy serves both. In your own namespace say
/// `using namespace bregman` and call them unqualified: those of lanes are friends, which a qualified
/// `bregman::clamp(...)` does not find. docs/policies/functions_on_values.md lists them. abs, sign and shrink take
/// std::complex too, on the host.

namespace bregman {

/// The smaller of two numbers; of SIMD registers element by element, as all functions of this header.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T min(T a, T b) {
    return a < b ? a : b;
}
/// The larger of two numbers.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T max(T a, T b) {
    return a > b ? a : b;
}
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T abs(T x) {
    return std::fabs(x);
}
/// The square root.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T sqrt(T x) {
    return std::sqrt(x);
}

/// e to the power x.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T exp(T x) {
    return std::exp(x);
}
/// The natural logarithm.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T log(T x) {
    return std::log(x);
}
/// The hyperbolic sine.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T sinh(T x) {
    return std::sinh(x);
}
/// The inverse of sinh.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T asinh(T x) {
    return std::asinh(x);
}
/// x^exponent, x >= 0. The exponent is a scalar for lanes too.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T pow(T x, T exponent) {
    return std::pow(x, exponent);
}

/// `yes` where the condition holds, `no` elsewhere: the form of `condition ? yes : no` that lanes have too.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T select(bool condition, T yes, T no) {
    return condition ? yes : no;
}

/// The nearest point of [low, high].
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T clamp(T x, T low, T high) {
    return min(max(x, low), high);
}

/// -1, 0 or 1.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T sign(T x) {
    return T(x > T(0)) - T(x < T(0));
}

/// Soft thresholding, sign(x) max(|x| - t, 0), t >= 0, written without a branch: x minus its projection
/// onto [-t, t]. Exactly zero for |x| <= t.
template <class Value, class T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE Value shrink(const Value& x, T threshold) {
    return x - clamp(x, Value(-threshold), Value(threshold));
}

/// Of a complex number: its modulus,
template <std::floating_point T>
BREGMAN_INLINE T abs(const std::complex<T>& x) {
    return std::abs(x);
}
/// its phase as a number of modulus 1, 0 of 0, which is the smallest subgradient of the modulus,
template <std::floating_point T>
BREGMAN_INLINE std::complex<T> sign(const std::complex<T>& x) {
    const T size = std::abs(x);
    return size > T(0) ? x / size : std::complex<T>(0);
}
/// and soft thresholding of its modulus, x / |x| max(|x| - t, 0), the prox of t |x|: the phase stays.
template <std::floating_point T>
BREGMAN_INLINE std::complex<T> shrink(const std::complex<T>& x, std::type_identity_t<T> threshold) {
    const T size = std::abs(x);
    return size > threshold ? x * (T(1) - threshold / size) : std::complex<T>(0);
}

} // namespace bregman
