#include "speaker_verification/training/optimizers/regularised_weights.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

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
    switch (role) {
    case parameter_role::convolution_weight:
    case parameter_role::linear_weight:
        return true;
    case parameter_role::head_weight:
        return chosen.count_head;
    default:
        return chosen.count_rest;
    }
}

void require_reachable_target(const torch::nn::Module& network, const sparsity_settings& chosen) {
    std::int64_t counted = 0, sparse = 0;
    for (const auto& parameter : classify_parameters(network)) {
        if (!is_counted(parameter.role, chosen)) continue;
        counted += parameter.tensor.numel();
        if (is_regularised(parameter.role, chosen)) sparse += parameter.tensor.numel();
    }
    if (std::llround(chosen.target * double(counted)) <= sparse) return;
    throw std::invalid_argument("setting 'target' is " + std::to_string(chosen.target) + " but only " +
                                std::to_string(sparse) + " of the " + std::to_string(counted) +
                                " counted parameters may become zero: lower it, set count_rest to false, or "
                                "prune_head to true");
}

std::vector<parameter_with_role> regularised_weights(const torch::nn::Module& network,
                                                     const sparsity_settings& chosen) {
    std::vector<parameter_with_role> weights;
    for (auto& parameter : classify_parameters(network)) {
        if (is_regularised(parameter.role, chosen)) weights.push_back(std::move(parameter));
    }
    return weights;
}

std::int64_t count_nonzeros(const torch::Tensor& tensor) { return tensor.detach().ne(0).sum().item<std::int64_t>(); }

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

support_watch::support_watch(std::vector<parameter_with_role> weights) : weights_(std::move(weights)) {
    for (const auto& weight : weights_) alive_.push_back(weight.tensor.detach().ne(0));
}

support_turnover support_watch::look() {
    support_turnover seen;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        const auto now = weights_[i].tensor.detach().ne(0), before = std::exchange(alive_[i], now);
        const auto both = now.logical_and(before).sum().item<std::int64_t>();
        seen.survivors += both;
        seen.births += now.sum().item<std::int64_t>() - both;
        seen.deaths += before.sum().item<std::int64_t>() - both;
    }
    return seen;
}

} // namespace speaker_verification
