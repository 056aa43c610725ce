#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// How the weights that are kept are shared out among layers.
enum class layer_budget {
    uniform,           ///< the same density in each
    erdos_renyi,       ///< density ~ (n_out + n_in) / (n_out n_in), of the first two extents (Mocanu et al. 2018)
    erdos_renyi_kernel ///< density ~ (sum of all extents) / (their product) (Evci et al. 2020, section 3)
};

/// What a layer's density is in proportion to. An extent that a tensor lacks counts as 1.
inline double relative_density(const tensor_extents& extents, layer_budget budget) {
    if (budget == layer_budget::uniform || extents.product() == 0) return 1;
    const std::size_t used =
        budget == layer_budget::erdos_renyi ? std::min<std::size_t>(2, extents.size()) : extents.size();
    double sum = 0, product = 1;
    for (std::size_t i = 0; i < used; ++i) sum += double(extents[i]), product *= double(extents[i]);
    return used > 0 ? sum / product : 1;
}

/// The epsilon for which layers of the densities min(1, epsilon relative_density) keep the share `density`, in [0, 1], of all
/// their weights together: layers that would exceed 1 are full, and the others share what is left. Infinity when all are
/// full. `extents` of each weight tensor, output and input channels first.
inline double density_scale(const std::vector<tensor_extents>& extents, double density, layer_budget budget) {
    require(density >= 0 && density <= 1, "density", density, "[0, 1]",
            "it is 1 - the sparsity of all layers together");
    double all = 0;
    for (const tensor_extents& of_layer : extents) all += double(of_layer.product());
    std::vector<bool> full(extents.size(), false);
    for (;;) {
        double left = density * all, weighted = 0;
        for (std::size_t i = 0; i < extents.size(); ++i) {
            const double size = double(extents[i].product());
            if (full[i])
                left -= size;
            else
                weighted += relative_density(extents[i], budget) * size;
        }
        if (!(weighted > 0)) return infinity_of<double>();
        const double epsilon = std::max(0.0, left) / weighted;
        bool exceeded = false;
        for (std::size_t i = 0; i < extents.size(); ++i)
            if (!full[i] && epsilon * relative_density(extents[i], budget) > 1) full[i] = exceeded = true;
        if (!exceeded) return epsilon;
    }
}

/// The share of each layer's weights that is kept then.
inline std::vector<double> layer_densities(const std::vector<tensor_extents>& extents, double density,
                                           layer_budget budget) {
    const double epsilon = density_scale(extents, density, budget);
    std::vector<double> densities;
    for (const tensor_extents& of_layer : extents)
        densities.push_back(std::min(1.0, epsilon * relative_density(of_layer, budget)));
    return densities;
}

/// 1 - density of each layer, as the targets of parameter groups, one for each layer, for lambda_scope::each_group. Layers that are
/// to stay full get none that can be asked for: leave them without a regularizer, or set their lambda_scale to 0. They are
/// those with a target of 0.
inline std::vector<double> layer_targets(const std::vector<tensor_extents>& extents, double target,
                                         layer_budget budget) {
    require(target > 0 && target <= 1, "target", target, "(0, 1]",
            "0.9 asks for nine zeros in ten of all layers together");
    std::vector<double> targets = layer_densities(extents, 1 - target, budget);
    for (double& of_layer : targets) of_layer = 1 - of_layer;
    return targets;
}

} // namespace bregman
