#include "speaker_verification/training/optimizers/parameter_groups.hpp"

#include "speaker_verification/model/parameter_roles.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace speaker_verification {

namespace {

/// Each tensor of `group` in a group of its own, of which this share stays at any lambda.
void append_layers(const weight_group& group, double least_density, std::vector<weight_group>& groups) {
    for (std::size_t i = 0; i < group.tensors.size(); ++i) {
        weight_group layer = group;
        layer.name += " " + std::to_string(i);
        layer.tensors = {group.tensors[i]};
        layer.least_density = least_density;
        groups.push_back(std::move(layer));
    }
}

} // namespace

std::vector<weight_group> group_by_role(const torch::nn::Module& network, const settings& all) {
    const bool of_channels = all.sparsity.granularity == "channels";
    weight_group convolutions{"convolutions", bregman::group_kernels{}, 1, true, {}};
    if (all.model.network == "resnet34") convolutions.regularizer = bregman::l1{};
    weight_group linear{"linear layers", bregman::l1{}, 1, true, {}};
    if (of_channels) convolutions.regularizer = linear.regularizer = bregman::group_rows{};
    weight_group readers{"layers whose outputs stay", bregman::group_columns{}, 1, true, {}};
    // Without a regularizer there is no lambda, by which prox_rescaled would divide.
    weight_group head{"head", bregman::l1{}, 1, all.sparsity.count_head, {}};
    if (!all.sparsity.prune_head) head = {"head", bregman::none{}, 0, all.sparsity.count_head, {}};
    weight_group rest{"normalisation and biases", bregman::none{}, 0, all.sparsity.count_rest, {}};
    for (const auto& parameter : classify_parameters(network)) {
        if (of_channels && parameter.outputs_stay) {
            readers.tensors.push_back(parameter.tensor);
            continue;
        }
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
    const double least = all.sparsity.layer_density;
    std::vector<weight_group> groups;
    if (least > 0) {
        for (const auto* group : {&convolutions, &linear, &readers}) append_layers(*group, least, groups);
        groups.insert(groups.end(), {std::move(head), std::move(rest)});
        return groups;
    }
    groups = {std::move(convolutions), std::move(linear), std::move(head), std::move(rest)};
    if (of_channels) groups.push_back(std::move(readers));
    return groups;
}

} // namespace speaker_verification
