#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <bregman/base/portability.hpp>

namespace bregman {

/// `Width` numbers with operators that act on each of them: what lanes need of the compilers' vector extension, in standard
/// C++. A comparison gives integers, -1 where it holds and 0 elsewhere.
template <class T, int Width>
struct plain_register {
    using integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    using mask = plain_register<integer, Width>;

    T elements[std::size_t(Width)];

    BREGMAN_INLINE T& operator[](int i) { return elements[i]; }
    BREGMAN_INLINE const T& operator[](int i) const { return elements[i]; }

    friend BREGMAN_INLINE plain_register operator+(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] + b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator-(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] - b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator-(T a, const plain_register& b) {
        return each<T>([&](int i) { return a - b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator*(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] * b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator/(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] / b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator^(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] ^ b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator|(const plain_register& a, const plain_register& b) {
        return each<T>([&](int i) { return a[i] | b[i]; });
    }
    friend BREGMAN_INLINE plain_register operator-(const plain_register& a) {
        return each<T>([&](int i) { return -a[i]; });
    }
    BREGMAN_INLINE plain_register& operator-=(const plain_register& b) { return *this = *this - b; }

    friend BREGMAN_INLINE mask operator<(const plain_register& a, const plain_register& b) {
        return each<integer>([&](int i) { return -integer(a[i] < b[i]); });
    }
    friend BREGMAN_INLINE mask operator>(const plain_register& a, const plain_register& b) { return b < a; }
    friend BREGMAN_INLINE mask operator<=(const plain_register& a, const plain_register& b) {
        return each<integer>([&](int i) { return -integer(a[i] <= b[i]); });
    }
    friend BREGMAN_INLINE mask operator==(const plain_register& a, const plain_register& b) {
        return each<integer>([&](int i) { return -integer(a[i] == b[i]); });
    }

    /// `yes` where the mask is set, `no` elsewhere.
    friend BREGMAN_INLINE plain_register choose(const mask& set, const plain_register& yes, const plain_register& no) {
        return each<T>([&](int i) { return set[i] ? yes[i] : no[i]; });
    }

  private:
    template <class Result, class Function>
    BREGMAN_INLINE static plain_register<Result, Width> each(Function&& f) {
        plain_register<Result, Width> result;
        for (int i = 0; i < Width; ++i) result[i] = f(i);
        return result;
    }
};

} // namespace bregman
