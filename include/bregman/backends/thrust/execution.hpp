#pragma once

#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

#include <bregman/portability.hpp>
#include <bregman/tensor.hpp>

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

/// f(i) for i in [first, last).
template <class Function>
void for_each_index(index first, index last, const Function& f, stream on = {}) {
    thrust::for_each(execution(on), thrust::counting_iterator<index>(first), thrust::counting_iterator<index>(last),
                     f);
}

/// f() in one thread of the device.
template <class Function>
struct one_thread {
    Function f;
    BREGMAN_HOST_DEVICE void operator()(index) const { f(); }
};
template <class Function>
void run_once(const Function& f, stream on = {}) {
    for_each_index(0, 1, one_thread<Function>{f}, on);
}

} // namespace bregman::device
