#pragma once

#include <string>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

struct named_tensor {
    std::string name; ///< such as "layer2.se_res2block.0.conv.weight"
    torch::Tensor tensor;
};

/// Parameters and buffers of a module in the order of PyTorch's `state_dict`: of each module first its own
/// parameters, then its buffers, then its children. The tensors are the module's own, not copies.
std::vector<named_tensor> state_dict(const torch::nn::Module& module);

/// The number of trainable numbers.
std::int64_t parameter_count(const torch::nn::Module& module);

} // namespace speaker_verification
