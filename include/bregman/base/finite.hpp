#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include <bregman/base/portability.hpp>

/// \file
/// Whether a number is one, told by its bits. Under -ffast-math and -Ofast a compiler takes std::isfinite for true, and a
/// NaN would pass every check.

namespace bregman {

namespace contract {
template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// The bits of |x|: infinity is the first that is no finite number, NaN all beyond it.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bits_of<T> magnitude_bits(T x) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "bregman: scalars are float or double");
    bits_of<T> bits;
    std::memcpy(&bits, &x, sizeof x);
    return bits & (~bits_of<T>(0) >> 1);
}
template <class T>
inline constexpr bits_of<T> infinity_bits = sizeof(T) == 4 ? bits_of<T>(0x7f800000u) : bits_of<T>(0x7ff0000000000000u);
} // namespace contract

/// Neither infinite nor NaN.
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bool is_finite(T x) {
    return contract::magnitude_bits(x) < contract::infinity_bits<T>;
}
template <std::floating_point T>
BREGMAN_HOST_DEVICE BREGMAN_INLINE bool is_nan(T x) {
    return contract::magnitude_bits(x) > contract::infinity_bits<T>;
}

/// Of all values of a container with gapless memory.
template <class Values>
bool all_finite(const Values& values) {
    for (decltype(values.size()) i = 0; i < values.size(); ++i)
        if (!is_finite(values.data()[i])) return false;
    return true;
}

} // namespace bregman
