#pragma once

#include <cmath>
#include <complex>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <bregman/base/portability.hpp>

/// \file
/// Whether a number is one, told by its bits. Under -ffast-math and -Ofast a compiler takes std::isfinite for true, and a
/// NaN would pass every check. clang takes more for granted then: what a function is given or returns is a number, so that
/// the bits are known too, and a constant infinity may become anything. Both go through memory that it cannot see through.

#if !defined(__CUDA_ARCH__) && ((defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST))
#define BREGMAN_FINITE_MATH
#endif

namespace bregman {

namespace contract {
template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// The bits of |x|: infinity is the first that is no finite number, NaN all beyond it.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bits_of<T> magnitude_bits(const T& x) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "bregman: scalars are float or double");
#if defined(BREGMAN_FINITE_MATH)
    const volatile T unknown = x;
    const T seen = unknown;
#else
    const T& seen = x;
#endif
    bits_of<T> bits;
    std::memcpy(&bits, &seen, sizeof seen);
    return bits & (~bits_of<T>(0) >> 1);
}
template <class T>
inline constexpr bits_of<T> infinity_bits = sizeof(T) == 4 ? bits_of<T>(0x7f800000u) : bits_of<T>(0x7ff0000000000000u);
template <class T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T number_of(bits_of<T> bits) {
    const volatile bits_of<T> unknown = bits;
    const bits_of<T> seen = unknown;
    T x;
    std::memcpy(&x, &seen, sizeof x);
    return x;
}
} // namespace contract

/// Neither infinite nor NaN.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bool is_finite(const T& x) {
    return contract::magnitude_bits(x) < contract::infinity_bits<T>;
}
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bool is_nan(const T& x) {
    return contract::magnitude_bits(x) > contract::infinity_bits<T>;
}

/// Of both parts of a complex number.
template <std::floating_point T>
bool is_finite(const std::complex<T>& x) {
    return is_finite(x.real()) && is_finite(x.imag());
}

/// Infinity, and what is no number, where a constant would be taken for one that never occurs.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T infinity_of() {
#if defined(BREGMAN_FINITE_MATH)
    return contract::number_of<T>(contract::infinity_bits<T>);
#else
    return T(INFINITY);
#endif
}
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE T nan_of() {
#if defined(BREGMAN_FINITE_MATH)
    return contract::number_of<T>(contract::infinity_bits<T> | contract::infinity_bits<T> >> 1);
#else
    return T(NAN);
#endif
}

/// Of all values of a container with gapless memory.
template <class Values>
bool all_finite(const Values& values) {
    for (decltype(values.size()) i = 0; i < values.size(); ++i)
        if (!is_finite(values.data()[i])) return false;
    return true;
}

} // namespace bregman
