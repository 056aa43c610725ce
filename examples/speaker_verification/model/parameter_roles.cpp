#include "speaker_verification/model/parameter_roles.hpp"

#include "speaker_verification/model/aam_softmax.hpp"
#include "speaker_verification/model/ecapa_tdnn.hpp"
#include "speaker_verification/model/resnet34.hpp"

#include <algorithm>

namespace speaker_verification {

namespace nn = torch::nn;

namespace {

/// The role of `parameter` if `layer` is a Layer, which has a weight and perhaps a bias.
template <class Layer>
bool holds(const nn::Module& layer, const torch::Tensor& parameter, parameter_role of_weight, parameter_role of_bias,
           parameter_role& role) {
    const auto* typed = dynamic_cast<const Layer*>(&layer);
    if (!typed) return false;
    if (parameter.is_same(typed->weight)) role = of_weight;
    if (parameter.is_same(typed->bias)) role = of_bias;
    return true;
}

template <class... Layers>
bool any_holds(const nn::Module& layer, const torch::Tensor& parameter, parameter_role of_weight,
               parameter_role of_bias, parameter_role& role) {
    return (holds<Layers>(layer, parameter, of_weight, of_bias, role) || ...);
}

parameter_role role_in(const nn::Module& layer, const torch::Tensor& parameter) {
    auto role = parameter_role::other;
    if (const auto* head = dynamic_cast<const aam_softmax_module*>(&layer))
        return parameter.is_same(head->weight) ? parameter_role::head_weight : parameter_role::bias;
    any_holds<nn::Conv1dImpl, nn::Conv2dImpl, nn::Conv3dImpl, nn::ConvTranspose1dImpl, nn::ConvTranspose2dImpl,
              nn::ConvTranspose3dImpl>(layer, parameter, parameter_role::convolution_weight, parameter_role::bias,
                                       role) ||
        any_holds<nn::LinearImpl>(layer, parameter, parameter_role::linear_weight, parameter_role::bias, role) ||
        any_holds<nn::BatchNorm1dImpl, nn::BatchNorm2dImpl, nn::BatchNorm3dImpl, nn::InstanceNorm1dImpl,
                  nn::InstanceNorm2dImpl, nn::InstanceNorm3dImpl, nn::LayerNormImpl, nn::GroupNormImpl>(
            layer, parameter, parameter_role::norm_weight, parameter_role::norm_bias, role);
    return role;
}

void collect(const nn::Module& module, const std::string& prefix, std::vector<parameter_with_role>& found) {
    for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
        if (!parameter.value().requires_grad()) continue;
        found.push_back({prefix + parameter.key(), parameter.value(), role_in(module, parameter.value()), false});
    }
    for (const auto& child : module.named_children()) {
        collect(*child.value(), prefix + child.key() + ".", found);
    }
}

void collect_staying(const nn::Module& module, std::vector<torch::Tensor>& weights) {
    if (const auto* block = dynamic_cast<const se_res2_block*>(&module)) weights.push_back(block->leave->conv->weight);
    if (const auto* gate = dynamic_cast<const squeeze_excitation*>(&module)) weights.push_back(gate->linear2->weight);
    if (const auto* pool = dynamic_cast<const attentive_statistics_pooling*>(&module))
        weights.push_back(pool->linear2->weight);
    if (const auto* ecapa = dynamic_cast<const ecapa_tdnn_module*>(&module)) weights.push_back(ecapa->linear->weight);
    if (const auto* resnet = dynamic_cast<const resnet34_module*>(&module)) weights.push_back(resnet->seg_1->weight);
    for (const auto& child : module.named_children()) collect_staying(*child.value(), weights);
}

} // namespace

std::string_view name_of(parameter_role role) {
    switch (role) {
    case parameter_role::convolution_weight:
        return "convolution weight";
    case parameter_role::linear_weight:
        return "linear weight";
    case parameter_role::norm_weight:
        return "norm weight";
    case parameter_role::norm_bias:
        return "norm bias";
    case parameter_role::bias:
        return "bias";
    case parameter_role::head_weight:
        return "head weight";
    case parameter_role::other:
        break;
    }
    return "other";
}

std::vector<parameter_with_role> classify_parameters(const nn::Module& module) {
    std::vector<parameter_with_role> found;
    collect(module, "", found);
    std::vector<torch::Tensor> staying;
    collect_staying(module, staying);
    for (auto& each : found)
        each.outputs_stay = std::any_of(staying.begin(), staying.end(),
                                        [&](const torch::Tensor& weight) { return weight.is_same(each.tensor); });
    return found;
}

} // namespace speaker_verification
