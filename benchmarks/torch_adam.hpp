#pragma once

#include <functional>
#include <vector>

#include "tensor_operations.hpp"

/// \file
/// LibTorch's own Adam in its two fast forms, as torch.optim.Adam calls them: beta 0.9 and 0.999, epsilon 1e-8, learning
/// rate 0.01, no weight decay. What AdaBreg's step, which moves v as well, is held against.

namespace bench::torch_adam {

/// foreach=True: each operation for all tensors at once. A function that makes one step on all tensors.
std::function<void()> foreach (const std::vector<tensor_operations::tensor>& on, bool on_cuda);

/// fused=True: one operation for all of it. CUDA only.
std::function<void()> fused(const std::vector<tensor_operations::tensor>& on);

} // namespace bench::torch_adam
