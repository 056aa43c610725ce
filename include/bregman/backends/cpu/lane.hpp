#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include <Eigen/Core>
#include <bregman/base/portability.hpp>
#if defined(BREGMAN_PLAIN_LANES)
#include <bregman/backends/cpu/plain_register.hpp>
#elif defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h> // immintrin.h takes half a second to compile
#endif

#include <bregman/policy/math.hpp>

/// \file
/// The CPU's value type: as many scalars as one SIMD register holds, behaving like one scalar.
///
/// The storage is the compilers' vector extension rather than an Eigen array, because values then live in
/// registers at every optimisation level: an eager operator on a fixed-size array writes its result to the
/// stack at g++ -O2 (docs/performance.md). What the extension lacks (sqrt) is named explicitly. Compilers without
/// the extension have an array instead (BREGMAN_PLAIN_LANES, base/portability.hpp), with the same results.

namespace bregman {

/// Bytes of the widest register that the user's compiler flags allow.
inline constexpr int register_bytes =
#if defined(__AVX512F__)
    64;
#elif defined(__AVX__)
    32;
#else
    16;
#endif

/// `Width` scalars of type T. The width is part of the type, so that translation units compiled with
/// different flags do not share instantiations.
template <class T, int Width = register_bytes / int(sizeof(T))>
struct lane {
    static_assert(std::is_floating_point_v<T>,
                  "bregman: a lane holds float or double; complex numbers are taken one by one");

    using mask_integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    /// `mask_type` is the result of a comparison: -1 where it holds, 0 elsewhere.
#if defined(BREGMAN_PLAIN_LANES)
    using register_type = plain_register<T, Width>;
    using mask_type = plain_register<mask_integer, Width>;
#else
    typedef T register_type __attribute__((vector_size(Width * sizeof(T))));
    typedef mask_integer mask_type __attribute__((vector_size(Width * sizeof(T))));
#endif

    static constexpr int width = Width;

    register_type values;

    lane() = default;
    BREGMAN_INLINE lane(T x) : values(x - register_type{}) {}
    /// V(number) in a policy rounds, as it does where V is a scalar.
    template <class Number>
        requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, T>)
    BREGMAN_INLINE explicit lane(Number x) : lane(static_cast<T>(x)) {}
    BREGMAN_INLINE explicit lane(const register_type& x) : values(x) {}

    BREGMAN_INLINE static lane load(const T* from) {
        lane result;
        std::memcpy(&result.values, from, sizeof(register_type));
        return result;
    }
    BREGMAN_INLINE void store(T* to) const { std::memcpy(to, &values, sizeof(register_type)); }

    /// A store that bypasses the cache; `to` must be aligned to the size of the lane.
    BREGMAN_INLINE void stream(T* to) const {
#if defined(BREGMAN_PLAIN_LANES)
        store(to);
#elif defined(__clang__)
        __builtin_nontemporal_store(values, reinterpret_cast<register_type*>(to));
#elif defined(__AVX512F__)
        _mm512_stream_ps(reinterpret_cast<float*>(to), __m512(values));
#elif defined(__AVX__)
        _mm256_stream_ps(reinterpret_cast<float*>(to), __m256(values));
#elif defined(__SSE2__)
        _mm_stream_ps(reinterpret_cast<float*>(to), __m128(values));
#else
        store(to);
#endif
    }

    BREGMAN_INLINE T operator[](int i) const { return values[i]; }

    friend BREGMAN_INLINE lane operator+(const lane& a, const lane& b) { return lane(a.values + b.values); }
    friend BREGMAN_INLINE lane operator-(const lane& a, const lane& b) { return lane(a.values - b.values); }
    friend BREGMAN_INLINE lane operator*(const lane& a, const lane& b) { return lane(a.values * b.values); }
    friend BREGMAN_INLINE lane operator/(const lane& a, const lane& b) { return lane(a.values / b.values); }
    friend BREGMAN_INLINE lane operator-(const lane& a) { return lane(-a.values); }

    BREGMAN_INLINE lane& operator+=(const lane& b) { return *this = *this + b; }
    BREGMAN_INLINE lane& operator-=(const lane& b) { return *this = *this - b; }
    BREGMAN_INLINE lane& operator*=(const lane& b) { return *this = *this * b; }
    BREGMAN_INLINE lane& operator/=(const lane& b) { return *this = *this / b; }

    friend BREGMAN_INLINE mask_type operator<(const lane& a, const lane& b) { return a.values < b.values; }
    friend BREGMAN_INLINE mask_type operator>(const lane& a, const lane& b) { return a.values > b.values; }

    friend BREGMAN_INLINE mask_type operator<=(const lane& a, const lane& b) { return a.values <= b.values; }
    /// Where it is 0 or -0, for whoever counts: policies have no == (docs/policies/functions_on_values.md).
    BREGMAN_INLINE mask_type is_zero() const { return values == lane(T(0)).values; }

    /// Bit i says whether the mask is set at element i.
    BREGMAN_INLINE static std::uint64_t bits(const mask_type& mask) {
#if !defined(BREGMAN_PLAIN_LANES)
        constexpr bool singles = sizeof(T) == 4;
#if defined(__AVX512F__)
        if constexpr (sizeof(mask) == 64 && singles) return _mm512_test_epi32_mask(__m512i(mask), __m512i(mask));
        if constexpr (sizeof(mask) == 64 && !singles) return _mm512_test_epi64_mask(__m512i(mask), __m512i(mask));
#endif
#if defined(__AVX__)
        if constexpr (sizeof(mask) == 32 && singles) return std::uint64_t(_mm256_movemask_ps(__m256(mask)));
        if constexpr (sizeof(mask) == 32 && !singles) return std::uint64_t(_mm256_movemask_pd(__m256d(mask)));
#endif
#if defined(__SSE2__)
        if constexpr (sizeof(mask) == 16 && singles) return std::uint64_t(_mm_movemask_ps(__m128(mask)));
        if constexpr (sizeof(mask) == 16 && !singles) return std::uint64_t(_mm_movemask_pd(__m128d(mask)));
#endif
#endif
        std::uint64_t result = 0;
        for (int i = 0; i < Width; ++i) result |= std::uint64_t(mask[i] & 1) << i;
        return result;
    }

    /// `yes` where the mask is set, `no` elsewhere.
    friend BREGMAN_INLINE lane select(const mask_type& mask, const lane& yes, const lane& no) {
#if defined(BREGMAN_PLAIN_LANES)
        return lane(choose(mask, yes.values, no.values));
#else
        return lane(mask ? yes.values : no.values);
#endif
    }
    friend BREGMAN_INLINE lane min(const lane& a, const lane& b) { return select(a < b, a, b); }
    friend BREGMAN_INLINE lane max(const lane& a, const lane& b) { return select(a > b, a, b); }
    friend BREGMAN_INLINE lane abs(const lane& a) {
#if defined(BREGMAN_PLAIN_LANES)
        return each(a, [](T x) { return std::fabs(x); });
#else
        return lane(register_type(mask_type(a.values) & std::numeric_limits<mask_integer>::max()));
#endif
    }
    friend BREGMAN_INLINE lane clamp(const lane& a, const lane& low, const lane& high) {
        return min(max(a, low), high);
    }
    friend BREGMAN_INLINE lane sign(const lane& a) {
        return select(a > lane(T(0)), lane(T(1)), select(a < lane(T(0)), lane(T(-1)), lane(T(0))));
    }
    friend BREGMAN_INLINE lane sqrt(const lane& a) { return lane(square_root(a.values)); }
    /// 0 where the result would be below the smallest normal number.
    friend BREGMAN_INLINE lane exp(const lane& a) {
        constexpr T log_of_smallest = sizeof(T) == 4 ? T(-87.33) : T(-708.39);
        return select(a < lane(log_of_smallest), lane(T(0)), lane(to_packet(a).exp()));
    }
    friend BREGMAN_INLINE lane log(const lane& a) { return lane(to_packet(a).log()); }
    // No SIMD form of these keeps its relative accuracy near 0 (sinh, asinh) or for large exponents (pow).
    friend BREGMAN_INLINE lane sinh(const lane& a) {
        return each(a, [](T x) { return std::sinh(x); });
    }
    friend BREGMAN_INLINE lane asinh(const lane& a) {
        return each(a, [](T x) { return std::asinh(x); });
    }
    friend BREGMAN_INLINE lane pow(const lane& a, T exponent) {
        return each(a, [exponent](T x) { return std::pow(x, exponent); });
    }

  private:
    // Eigen's packet functions, within a few units in the last place of the scalar ones.
    using packet = Eigen::Array<T, Width, 1>;
    BREGMAN_INLINE static packet to_packet(const lane& a) {
        packet result;
        std::memcpy(result.data(), &a.values, sizeof(register_type));
        return result;
    }
    template <class Expression>
    BREGMAN_INLINE explicit lane(const Eigen::ArrayBase<Expression>& x) {
        const packet result = x;
        std::memcpy(&values, result.data(), sizeof(register_type));
    }
    template <class Function>
    BREGMAN_INLINE static lane each(lane a, Function&& f) {
        for (int i = 0; i < Width; ++i) a.values[i] = f(a.values[i]);
        return a;
    }

    // Correctly rounded, as std::sqrt is: lanes and scalars then agree to the last bit. Eigen's packet sqrt
    // is an approximation for float, so it serves only where there are no x86 instructions to name.
    BREGMAN_INLINE static register_type square_root(const register_type& x) {
#if defined(BREGMAN_PLAIN_LANES)
        return each(lane(x), [](T element) { return std::sqrt(element); }).values;
#else
#if defined(__SSE2__)
        if constexpr (sizeof(register_type) == 16 && sizeof(T) == 4) return register_type(_mm_sqrt_ps(__m128(x)));
        if constexpr (sizeof(register_type) == 16 && sizeof(T) == 8) return register_type(_mm_sqrt_pd(__m128d(x)));
#endif
#if defined(__AVX__)
        if constexpr (sizeof(register_type) == 32 && sizeof(T) == 4) return register_type(_mm256_sqrt_ps(__m256(x)));
        if constexpr (sizeof(register_type) == 32 && sizeof(T) == 8) return register_type(_mm256_sqrt_pd(__m256d(x)));
#endif
#if defined(__AVX512F__)
        if constexpr (sizeof(register_type) == 64) {
            // The masked forms: g++ 12 warns about an undefined register inside the plain ones.
            if constexpr (sizeof(T) == 4) return register_type(_mm512_maskz_sqrt_ps(__mmask16(-1), __m512(x)));
            if constexpr (sizeof(T) == 8) return register_type(_mm512_maskz_sqrt_pd(__mmask8(-1), __m512d(x)));
        }
#endif
        return lane(to_packet(lane(x)).sqrt()).values;
#endif
    }
};

/// Policies compare and clamp the values of a lane, which complex numbers cannot be; and none has a loop of its own over
/// them: an optimizer takes them as pairs, a solver one by one.
template <class T, int Width>
struct lane<std::complex<T>, Width> {
    static_assert(!std::is_same_v<T, T>,
                  "bregman: a lane holds float or double; policies take std::complex one by one");
};

} // namespace bregman
