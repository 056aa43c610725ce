#pragma once
#include "speaker_verification/model/parameter_roles.hpp"
#include "speaker_verification/training/optimizers/support_turnover.hpp"
#include "speaker_verification/training/optimizers/weight_norms.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// Whether a parameter may become sparse: the weights of convolutions and linear layers do, the head's with
/// `prune_head`, norms and biases never.
bool is_regularised(parameter_role role, const sparsity_settings& chosen);

/// Whether a parameter is part of s: the weights of convolutions and linear layers are, the head with
/// `count_head`, norms and biases with `count_rest`.
bool is_counted(parameter_role role, const sparsity_settings& chosen);

/// Throws std::invalid_argument, naming the largest target that can be reached, when the target asks for more zeros than
/// there can be: in a narrow network norms and biases alone can be more than the share that is to be left, and of each
/// layer `layer_density` stays.
void require_reachable_target(const torch::nn::Module& network, const sparsity_settings& chosen);

/// The parameters that may become sparse, in the order of module.named_parameters().
std::vector<parameter_with_role> regularised_weights(const torch::nn::Module& network, const sparsity_settings& chosen);

/// Numbers that are not zero, as the library counts them.
std::int64_t count_nonzeros(const torch::Tensor& tensor);

/// Over all these weights together.
weight_norms norms_of(const std::vector<parameter_with_role>& weights);

/// [{"name", "role", "size", "nonzeros", "l2_norm"}], one a tensor.
nlohmann::json layers_of(const std::vector<parameter_with_role>& weights);

/// Remembers which weights are not zero, a byte each.
class support_watch {
  public:
    explicit support_watch(std::vector<parameter_with_role> weights);

    /// Since the last look, or since the beginning.
    support_turnover look();

  private:
    std::vector<parameter_with_role> weights_;
    std::vector<torch::Tensor> alive_;
};

} // namespace speaker_verification
