#pragma once

#include <functional>
#include <string>

#include "workload.hpp"

/// \file
/// The algorithms the way they are written for LibTorch and PyTorch: a loop over the tensors, a few tensor
/// operations each. One source file, without our compiler flags: LibTorch brings kernels of its own, which use
/// the processor's widest registers whatever the flags.

namespace bench::tensor_operations {

enum class shrinkage {
    sign_and_clamp, ///< sign(v) * clamp(|v| - lambda, 0): the published codes
    softshrink      ///< LibTorch's one kernel for it
};

struct options {
    bool count_zeros = false; ///< (theta.abs() <= 1e-12).sum() of each tensor, added up on the host at the end
    shrinkage with = shrinkage::sign_and_clamp;
};

/// A function that makes one step on all tensors of the workload, which must outlive it.
std::function<void()> linbreg(workload& on, options how);
std::function<void()> linbreg_momentum(workload& on, options how);
std::function<void()> adabreg(workload& on, options how);

} // namespace bench::tensor_operations
