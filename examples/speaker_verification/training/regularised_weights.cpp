#include "speaker_verification/training/regularised_weights.hpp"

#include <cmath>
#include <string>

namespace speaker_verification {

namespace {

double sum_of_squares(const torch::Tensor& tensor) {
    return tensor.detach().square().sum(torch::kFloat64).item<double>();
}

} // namespace

bool is_regularised(parameter_role role, const sparsity_settings& chosen) {
    return role == parameter_role::convolution_weight || role == parameter_role::linear_weight ||
           (role == parameter_role::head_weight && chosen.prune_head);
}

bool is_counted(parameter_role role, const sparsity_settings& chosen) {
    return role != parameter_role::head_weight || chosen.count_head;
}

std::vector<parameter_with_role> regularised_weights(const torch::nn::Module& network,
                                                     const sparsity_settings& chosen) {
    std::vector<parameter_with_role> weights;
    for (auto& parameter : classify_parameters(network)) {
        if (is_regularised(parameter.role, chosen)) weights.push_back(std::move(parameter));
    }
    return weights;
}

std::int64_t count_nonzeros(const torch::Tensor& tensor) {
    constexpr double zero = 1e-12;
    return tensor.detach().abs().gt(zero).sum().item<std::int64_t>();
}

weight_norms norms_of(const std::vector<parameter_with_role>& weights) {
    weight_norms norms;
    double squares = 0;
    for (const auto& weight : weights) {
        norms.l1 += weight.tensor.detach().abs().sum(torch::kFloat64).item<double>();
        squares += sum_of_squares(weight.tensor);
    }
    norms.l2 = std::sqrt(squares);
    return norms;
}

nlohmann::json layers_of(const std::vector<parameter_with_role>& weights) {
    auto layers = nlohmann::json::array();
    for (const auto& weight : weights) {
        layers.push_back({{"name", weight.name},
                          {"role", std::string(name_of(weight.role))},
                          {"size", weight.tensor.numel()},
                          {"nonzeros", count_nonzeros(weight.tensor)},
                          {"l2_norm", std::sqrt(sum_of_squares(weight.tensor))}});
    }
    return layers;
}

} // namespace speaker_verification
