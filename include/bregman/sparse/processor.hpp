#pragma once

#include <bregman/base/portability.hpp>
#if defined(BREGMAN_PLAIN_LANES)
#include <bregman/backends/cpu/plain_register.hpp>
#endif

/// \file
/// Vectors of the processor that a program finds itself on. Users compile at plain -O2, for which a compiler has registers
/// of 16 bytes; a product of a network's matrix is four times as fast in registers of 64. So a kernel is a template of the
/// register's bytes, compiled for each kind of x86 processor in functions of their own, of which one is chosen when it runs.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(BREGMAN_PLAIN_LANES) && !defined(__CUDACC__)
#define BREGMAN_CHOOSE_VECTORS
#endif

// Loops over the registers of a panel must unroll, or these registers lie in memory; g++ -O2 does not by itself.
#if defined(__clang__)
#define BREGMAN_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define BREGMAN_UNROLL _Pragma("GCC unroll 16")
#else
#define BREGMAN_UNROLL
#endif

namespace bregman::sparse {

/// Some numbers of type T in a register of so many bytes; operators act on each of them.
template <class T, int Bytes>
struct wide {
#if defined(BREGMAN_PLAIN_LANES)
    using type = plain_register<T, Bytes / int(sizeof(T))>;
#else
    typedef T type __attribute__((vector_size(Bytes)));
#endif
};

/// Bytes of the widest registers that this processor has and that kernels are compiled for: 16, 32 (AVX2 with FMA) or 64
/// (AVX-512F).
inline int widest_register() {
#if defined(BREGMAN_CHOOSE_VECTORS)
    static const int bytes = __builtin_cpu_supports("avx512f")                                 ? 64
                             : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 32
                                                                                               : 16;
    return bytes;
#else
    return 16;
#endif
}

namespace contract {
#if defined(BREGMAN_CHOOSE_VECTORS)
template <class Kernel>
__attribute__((target("avx512f"))) void run_in_64_bytes(const Kernel& kernel) {
    kernel.template run<64>();
}
template <class Kernel>
__attribute__((target("avx2,fma"))) void run_in_32_bytes(const Kernel& kernel) {
    kernel.template run<32>();
}
#endif
} // namespace contract

/// kernel.run<Bytes>() in registers of at most `bytes` bytes. `run` must be BREGMAN_INLINE, and so must be what it calls:
/// a function of its own would have the registers of the user's flags. Results differ by rounding between the widths.
template <class Kernel>
void run_on_processor(const Kernel& kernel, [[maybe_unused]] int bytes = widest_register()) {
#if defined(BREGMAN_CHOOSE_VECTORS)
    if (bytes >= 64) return contract::run_in_64_bytes(kernel);
    if (bytes >= 32) return contract::run_in_32_bytes(kernel);
#endif
    kernel.template run<16>();
}

} // namespace bregman::sparse
