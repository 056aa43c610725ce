#include "speaker_verification/model/state_dict.hpp"

namespace speaker_verification {

namespace {

void collect(const torch::nn::Module& module, const std::string& prefix, std::vector<named_tensor>& tensors) {
    for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
        tensors.push_back({prefix + parameter.key(), parameter.value()});
    }
    for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
        tensors.push_back({prefix + buffer.key(), buffer.value()});
    }
    for (const auto& child : module.named_children()) {
        collect(*child.value(), prefix + child.key() + ".", tensors);
    }
}

} // namespace

std::vector<named_tensor> state_dict(const torch::nn::Module& module) {
    std::vector<named_tensor> tensors;
    collect(module, "", tensors);
    return tensors;
}

std::int64_t parameter_count(const torch::nn::Module& module) {
    std::int64_t count = 0;
    for (const auto& parameter : module.parameters()) {
        if (parameter.requires_grad()) count += parameter.numel();
    }
    return count;
}

} // namespace speaker_verification
