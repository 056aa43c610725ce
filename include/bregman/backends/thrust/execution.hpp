#pragma once

#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

#include <bregman/tensor.hpp>

namespace bregman::device {

/// Where Thrust runs. On CUDA without waiting for the kernel: what follows on the stream waits, and so does every
/// copy to the host. Host systems return when they are done.
inline auto execution() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    return thrust::cuda::par_nosync;
#else
    return thrust::device;
#endif
}

/// f(i) for i in [first, last).
template <class Function>
void for_each_index(index first, index last, const Function& f) {
    thrust::for_each(execution(), thrust::counting_iterator<index>(first), thrust::counting_iterator<index>(last), f);
}

} // namespace bregman::device
