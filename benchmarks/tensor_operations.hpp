#pragma once

#include <functional>
#include <vector>

#include <bregman/tensors/tensor.hpp>

/// \file
/// The algorithms the way they are written for LibTorch and PyTorch: a loop over the tensors, a few tensor
/// operations each. Compiled once, for all executables: LibTorch brings kernels of its own, which use the
/// processor's widest registers whatever our flags. No Eigen here, whose inline functions differ between sets
/// of flags.

namespace bench::tensor_operations {

enum class shrinkage {
    sign_and_clamp, ///< sign(v) * clamp(|v| - lambda, 0): the published codes
    softshrink      ///< LibTorch's one kernel for it
};

struct options {
    bool count_zeros = false; ///< (theta.abs() <= 1e-12).sum() of each tensor, added up on the host at the end
    shrinkage with = shrinkage::sign_and_clamp;
    bool on_cuda = false; ///< where the tensors' memory is
};

/// A parameter and its gradient; the memory is the caller's and must outlive the step.
struct tensor {
    float* theta;
    float* gradient;
    bregman::tensor_shape shape;
};

/// A function that makes one step on all tensors.
std::function<void()> linbreg(const std::vector<tensor>& on, options how);
std::function<void()> linbreg_momentum(const std::vector<tensor>& on, options how);
std::function<void()> adabreg(const std::vector<tensor>& on, options how);

} // namespace bench::tensor_operations
