#pragma once

// First: nvcc takes what policies must not do for errors from our headers on, and LibTorch's templates do it.
#include <torch/torch.h>

#include <bregman/backends/thrust.hpp>
#include <bregman/torch/torch_optimizer.hpp>

/// \file
/// A torch::optim::Optimizer over Thrust: CUDA tensors in a .cu file that nvcc compiles, CPU tensors under a
/// host compiler with THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP, _TBB or _CPP, where the numbers are
/// those of <bregman/torch.hpp> to the bit. States are interchangeable between the two.
///
/// Kernels go to CUDA's default stream of the tensors' device, in order with LibTorch's current stream,
/// whichever it is (torch/default_stream.hpp). A step waits for the copy of its counts, and so for all that
/// was ordered before.

namespace bregman::libtorch {

/// LinBreg on a device, for LibTorch's parameters.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using device_linbreg = torch_optimizer<gradient, T, Regularizer, Mirror, thrust_backend<T>>;
/// LinBreg with momentum on a device.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using device_linbreg_momentum = torch_optimizer<momentum, T, Regularizer, Mirror, thrust_backend<T>>;
/// AdaBreg on a device.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using device_adabreg = torch_optimizer<adam, T, Regularizer, Mirror, thrust_backend<T>>;

} // namespace bregman::libtorch
