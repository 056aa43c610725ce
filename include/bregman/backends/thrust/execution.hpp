#pragma once

#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

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
#if defined(__CUDACC__)
    check_call(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
#endif
}

/// f(i) for i in [first, last).
template <class Function>
void for_each_index(index_t first, index_t last, const Function& f, stream on = {}) {
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
    for_each_index(0, 1, one_thread<Function>{f}, on);
}

} // namespace bregman::device
