#pragma once

#include <torch/torch.h>

#include <bregman/bregman.hpp>
#include <bregman/torch/torch_optimizer.hpp>

/// \file
/// A torch::optim::Optimizer over the same core: LibTorch 1.13 and 2.x, CPU tensors, Eigen. For CUDA tensors
/// include <bregman/torch_thrust.hpp>.

namespace bregman::libtorch {

template <class T = float>
using linbreg = torch_optimizer<gradient, T>;
template <class T = float>
using linbreg_momentum = torch_optimizer<momentum, T>;
template <class T = float>
using adabreg = torch_optimizer<adam, T>;

} // namespace bregman::libtorch
