#pragma once

#include <string>
#include <variant>
#include <vector>

#include <torch/types.h>

#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/none.hpp>

namespace bregman::libtorch {

/// What a parameter group may choose from at run time.
using any_regularizer = std::variant<none, l1, group_rows, group_kernels>;

/// Tensors that share a regularizer. All tensors of an optimizer make one step together.
struct parameter_group {
    std::string name;
    any_regularizer regularizer = l1{};
    double lambda_scale = 1; ///< the group uses lambda_scale * lambda
    bool counted = true;     ///< whether the group is part of the sparsity that the control law sees
    std::vector<torch::Tensor> tensors;
    double least_density = 0; ///< share of the group that stays non-zero at any lambda, in [0, 1)
};

} // namespace bregman::libtorch
