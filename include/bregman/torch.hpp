#pragma once

#include <torch/torch.h>

#include <bregman/bregman.hpp>
#include <bregman/torch/torch_optimizer.hpp>

/// \file
/// A torch::optim::Optimizer over the same core: LibTorch 1.13 and 2.x, CPU tensors, Eigen. For CUDA tensors
/// include <bregman/torch_thrust.hpp>.

namespace bregman::libtorch {

/// `Regularizer` is what parameter groups may have: a regularizer, or a std::variant of some.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using linbreg = torch_optimizer<gradient, T, Regularizer, Mirror>;
/// LinBreg with momentum, for LibTorch's parameters.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using linbreg_momentum = torch_optimizer<momentum, T, Regularizer, Mirror>;
/// AdaBreg, for LibTorch's parameters.
template <class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>>
using adabreg = torch_optimizer<adam, T, Regularizer, Mirror>;

} // namespace bregman::libtorch
