#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <bregman/tensors/tensor.hpp>

/// \file
/// What the device path orders, written down where BREGMAN_COUNT_DEVICE_CALLS is defined (for the whole program) and
/// nowhere else: kernels with the bytes that they say they move, copies and waits. A GPU's time goes there, and a host can
/// count it.

namespace bregman::device {

/// Bytes of device memory that a kernel reads and writes, each once, by its own account.
struct traffic {
    std::int64_t read = 0, written = 0;

    traffic& operator+=(const traffic& other) {
        read += other.read;
        written += other.written;
        return *this;
    }
};

/// Of a functor over [0, units): what it says, or nothing where it says nothing.
template <class Function>
traffic traffic_of(const Function& f, index_t units) {
    if constexpr (requires { f.moves(units); })
        return f.moves(units);
    else
        return {};
}

#if defined(BREGMAN_COUNT_DEVICE_CALLS)
#if defined(__CUDACC__)
#error "bregman: BREGMAN_COUNT_DEVICE_CALLS looks at device memory, which only host systems can"
#endif
inline constexpr bool counts_calls = true;

/// All that was ordered since the last clear(), by any thread: for tests with one.
struct call_account {
    struct kernel {
        std::string what;
        traffic bytes;
    };
    std::vector<kernel> kernels;
    std::int64_t copies_to_device = 0, bytes_to_device = 0, copies_to_host = 0, bytes_to_host = 0, waits = 0;

    void clear() { *this = {}; }
};
inline call_account calls;

inline void note_kernel(const char* what, traffic bytes) { calls.kernels.push_back({what, bytes}); }
/// From memory of the host that is not pinned: the host waits for what the stream has before it.
inline void note_copy_to_device(std::int64_t bytes) {
    ++calls.copies_to_device;
    ++calls.waits;
    calls.bytes_to_device += bytes;
}
/// `waits`: the host goes on when the copy is there.
inline void note_copy_to_host(std::int64_t bytes, bool waits) {
    ++calls.copies_to_host;
    calls.bytes_to_host += bytes;
    calls.waits += waits;
}
inline void note_wait() { ++calls.waits; }
#else
inline constexpr bool counts_calls = false;

inline void note_kernel(const char*, traffic) {}
inline void note_copy_to_device(std::int64_t) {}
inline void note_copy_to_host(std::int64_t, bool) {}
inline void note_wait() {}
#endif

} // namespace bregman::device
