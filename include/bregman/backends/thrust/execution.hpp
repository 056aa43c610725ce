#pragma once

#include <thrust/copy.h>
#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

#include <bregman/backends/thrust/account.hpp>
#include <bregman/base/portability.hpp>
#include <bregman/tensors/tensor.hpp>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#include <thrust/system/cuda/error.h>
#include <thrust/system_error.h>
#endif

namespace bregman::device {

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
/// The stream that kernels go to; the default is CUDA's default stream.
using stream = cudaStream_t;
#else
/// Host systems have no streams.
struct stream {};
#endif

/// Where Thrust runs. On CUDA without waiting for the kernel: what follows on the stream waits, and so does every
/// copy to the host. Host systems return when they are done.
inline auto execution([[maybe_unused]] stream on = {}) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    return thrust::cuda::par_nosync.on(on);
#else
    return thrust::device;
#endif
}

#if defined(__CUDACC__)
/// Throws what Thrust throws when a call of the CUDA runtime fails.
inline void check_call(cudaError_t error, const char* call) {
    if (error != cudaSuccess) throw thrust::system_error(int(error), thrust::cuda_category(), call);
}
#endif

/// Waits for all that was ordered, on whatever stream. Copies wait for the default stream, and so for streams that wait
/// for it, but not for those made with cudaStreamNonBlocking.
inline void synchronize() {
    note_wait();
#if defined(__CUDACC__)
    check_call(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
#endif
}

/// Copies, which the host waits for. Iterators of `to_device` lead to `Value`s, those of `to_host` too.
template <class Value, class To>
void copy_to_device(const Value* from, index_t count, To to) {
    note_copy_to_device(count * std::int64_t(sizeof(Value)));
    thrust::copy(from, from + count, to);
}
template <class From, class Value>
void copy_to_host(From from, index_t count, Value* to) {
    note_copy_to_host(count * std::int64_t(sizeof(Value)), true);
    thrust::copy(from, from + count, to);
}

/// f(i) for i in [first, last).
template <class Function>
void for_each_index(index_t first, index_t last, const Function& f, stream on = {}, const char* what = "for each") {
    if constexpr (counts_calls) note_kernel(what, traffic_of(f, last - first));
    thrust::for_each(execution(on), thrust::counting_iterator<index_t>(first), thrust::counting_iterator<index_t>(last),
                     f);
}

/// f() in one thread of the device.
template <class Function>
struct one_thread {
    Function f;
    BREGMAN_HOST_DEVICE void operator()(index_t) const { f(); }
};
template <class Function>
void run_once(const Function& f, stream on = {}) {
    for_each_index(0, 1, one_thread<Function>{f}, on, "one thread");
}

} // namespace bregman::device
