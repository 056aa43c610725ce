#include "speaker_verification/deployment/averaging.hpp"

#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"

namespace speaker_verification {

averaged_sparsity average_networks(trained_network& last, const std::vector<std::filesystem::path>& others) {
    const torch::NoGradGuard no_gradient;
    const auto& network = *last.network.embedder;
    averaged_sparsity sparsity;
    sparsity.last = count_sparsity(network).sparsity();

    const auto tensors = state_dict(network);
    std::vector<torch::Tensor> support, sums;
    for (const auto& entry : tensors) {
        support.push_back(entry.tensor.detach().ne(0));
        sums.push_back(entry.tensor.detach().clone());
    }
    for (const auto& path : others) {
        const auto contents = read_checkpoint_file(path);
        require_same_speech(read_description(contents, path.string()), last.run, path.string());
        restore_tensors(contents, last.network, path.string());
        for (std::size_t i = 0; i < tensors.size(); ++i) sums[i] += tensors[i].tensor;
    }
    const auto set = [&](std::size_t i, const torch::Tensor& values) {
        torch::Tensor tensor = tensors[i].tensor;
        tensor.copy_(values);
    };
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].tensor.is_floating_point()) set(i, sums[i] / double(others.size() + 1));
    }
    sparsity.united = count_sparsity(network).sparsity();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].tensor.requires_grad()) set(i, tensors[i].tensor * support[i]);
    }
    sparsity.kept = count_sparsity(network).sparsity();
    return sparsity;
}

} // namespace speaker_verification
