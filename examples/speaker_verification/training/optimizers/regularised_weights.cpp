#include "speaker_verification/training/optimizers/regularised_weights.hpp"

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace speaker_verification {

namespace {

double sum_of_squares(const torch::Tensor& tensor) {
    return tensor.detach().square().sum(torch::kFloat64).item<double>();
}

/// Numbers of a weight that may become sparse which layer_density keeps, in whole rows or columns where those die as one.
std::int64_t kept_at_any_lambda(const parameter_with_role& weight, const sparsity_settings& chosen) {
    if (weight.role == parameter_role::head_weight) return 0;
    const std::int64_t size = weight.tensor.numel();
    // As the library rounds: .07 * 600 is 42.
    const auto kept = std::int64_t(std::ceil(chosen.layer_density * double(size) * (1 - 1e-12)));
    if (chosen.granularity != "channels" || size == 0) return kept;
    const std::int64_t channel = size / weight.tensor.size(weight.outputs_stay ? 1 : 0);
    return (kept + channel - 1) / channel * channel;
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
    std::int64_t counted = 0, zeros = 0;
    bool norms_stay = false, head_stays = false;
    for (const auto& parameter : classify_parameters(network)) {
        if (!is_counted(parameter.role, chosen)) continue;
        const std::int64_t size = parameter.tensor.numel();
        counted += size;
        if (is_regularised(parameter.role, chosen)) {
            zeros += size - kept_at_any_lambda(parameter, chosen);
        } else {
            (parameter.role == parameter_role::head_weight ? head_stays : norms_stay) = true;
        }
    }
    if (std::llround(chosen.target * double(counted)) <= zeros) return;
    std::vector<std::string> remedies;
    if (norms_stay) remedies.push_back("count_rest to false");
    if (head_stays) remedies.insert(remedies.end(), {"prune_head to true", "count_head to false"});
    if (chosen.layer_density > 0) remedies.push_back("layer_density lower");
    std::ostringstream sentence;
    sentence << "setting 'target' is " << chosen.target << " but at most "
             << std::floor(1e4 * double(zeros) / double(counted)) / 1e4 << " can be reached, for " << zeros
             << " of the " << counted << " counted parameters may become zero: lower it";
    for (std::size_t i = 0; i < remedies.size(); ++i)
        sentence << (i == 0 ? ", or set " : i + 1 < remedies.size() ? ", " : " or ") << remedies[i];
    throw std::invalid_argument(sentence.str());
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
