#pragma once

#include <string>
#include <string_view>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// What a parameter does in its layer: this, not its name, decides how it is regularised.
enum class parameter_role {
    convolution_weight, ///< (out, in/groups, kernel...), transposed ones (in, out/groups, kernel...)
    linear_weight,      ///< (out, in)
    norm_weight,        ///< scale of a batch, layer, group or instance normalisation
    norm_bias,          ///< shift of one
    bias,               ///< of a convolution or a linear layer
    head_weight,        ///< (classes, embedding): the classifier, which is not part of the deployed network
    other               ///< of a layer type not listed here; keep it dense
};

/// "convolution weight", "linear weight", ...
std::string_view name_of(parameter_role role);

struct parameter_with_role {
    std::string name; ///< as in the module's named_parameters()
    torch::Tensor tensor;
    parameter_role role;
    /// Of a weight of one tap: its outputs stay whatever becomes zero, for other layers add to them, or they are gates of
    /// channels, or the embedding. A network becomes smaller by its columns.
    bool outputs_stay = false;
};

/// Every parameter of `module` that requires a gradient, with its role by the TYPE of the layer that holds
/// it, in the order of module.named_parameters().
std::vector<parameter_with_role> classify_parameters(const torch::nn::Module& module);

} // namespace speaker_verification
