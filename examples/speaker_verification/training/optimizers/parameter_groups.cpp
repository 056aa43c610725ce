#include "speaker_verification/training/optimizers/parameter_groups.hpp"

#include "speaker_verification/model/parameter_roles.hpp"

#include <utility>

namespace speaker_verification {

std::vector<bregman::libtorch::parameter_group<>> group_by_role(const torch::nn::Module& network, const settings& all) {
    using parameter_group = bregman::libtorch::parameter_group<>;
    parameter_group convolutions{"convolutions", bregman::group_kernels{}, 1, true, {}};
    if (all.model.network == "resnet34") convolutions.regularizer = bregman::l1{};
    parameter_group linear{"linear layers", bregman::l1{}, 1, true, {}};
    // Without a regularizer there is no lambda, by which prox_rescaled would divide.
    parameter_group head{"head", bregman::l1{}, 1, all.sparsity.count_head, {}};
    if (!all.sparsity.prune_head) head = {"head", bregman::none{}, 0, all.sparsity.count_head, {}};
    parameter_group rest{"normalisation and biases", bregman::none{}, 0, all.sparsity.count_rest, {}};
    for (const auto& parameter : classify_parameters(network)) {
        switch (parameter.role) {
        case parameter_role::convolution_weight:
            convolutions.tensors.push_back(parameter.tensor);
            break;
        case parameter_role::linear_weight:
            linear.tensors.push_back(parameter.tensor);
            break;
        case parameter_role::head_weight:
            head.tensors.push_back(parameter.tensor);
            break;
        default:
            rest.tensors.push_back(parameter.tensor);
        }
    }
    return {std::move(convolutions), std::move(linear), std::move(head), std::move(rest)};
}

} // namespace speaker_verification
