#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <torch/optim/optimizer.h>
#include <torch/types.h>

#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/none.hpp>

namespace bregman::libtorch {

/// What a parameter group may choose from at run time, unless the optimizer is given another list.
using any_regularizer = std::variant<none, l1, group_rows, group_kernels>;

/// What a group gets that does not say: l1 where the list of regularizers has it, else the first. A variable and no
/// function: g++ 12 fails internally where the default of a member is an empty class that a function returns.
template <class Regularizer>
inline const Regularizer default_regularizer{};
template <class Regularizer>
    requires std::is_constructible_v<Regularizer, l1>
inline const Regularizer default_regularizer<Regularizer>{l1{}};

/// Tensors that share a regularizer and a learning rate. All tensors of an optimizer make one step together.
template <class Regularizer = any_regularizer>
struct parameter_group {
    std::string name;
    Regularizer regularizer = default_regularizer<Regularizer>; ///< J of these tensors
    double lambda_scale = 1;                                    ///< the group uses lambda_scale * lambda
    bool counted = true;                   ///< whether the group is part of the sparsity that the control law sees
    std::vector<torch::Tensor> tensors;    ///< parameters of the module, used in place
    double least_density = 0;              ///< share of the group that stays non-zero at any lambda, in [0, 1)
    std::optional<double> learning_rate{}; ///< tau of the group, >= 0; the optimizer's step_size when not given
    std::optional<double> target{}; ///< sparsity asked for of the group, in (0, 1], with lambda_scope::each_group
};

/// Two groups of a module's parameters: matrices and convolution kernels, of order 2 and more, get l1 and may become
/// zero; biases and the vectors of norm layers get nothing. All are counted in the sparsity.
template <class Regularizer = any_regularizer>
std::vector<parameter_group<Regularizer>> weights_and_rest(const std::vector<torch::Tensor>& parameters) {
    parameter_group<Regularizer> weights{.name = "weights", .regularizer = l1{}, .tensors = {}},
        rest{.name = "rest", .regularizer = none{}, .tensors = {}};
    for (const torch::Tensor& parameter : parameters)
        (parameter.dim() >= 2 ? weights : rest).tensors.push_back(parameter);
    return {std::move(weights), std::move(rest)};
}

/// What a parameter group of LibTorch's carries for us: the learning rate, where LibTorch's schedulers look for it, and
/// all else that a parameter_group says.
template <class Regularizer>
class group_options : public torch::optim::OptimizerCloneableOptions<group_options<Regularizer>> {
  public:
    std::string name = "parameters";
    Regularizer regularizer = default_regularizer<Regularizer>; ///< as in parameter_group, like all fields here
    double lambda_scale = 1;                                    ///< >= 0, finite
    bool counted = true;                                        ///< part of the sparsity that the law sees
    double least_density = 0;                                   ///< in [0, 1)
    std::optional<double> target{};                             ///< in (0, 1]

    explicit group_options(double learning_rate) : learning_rate_(learning_rate) {}
    group_options(const parameter_group<Regularizer>& group, double learning_rate)
        : name(group.name), regularizer(group.regularizer), lambda_scale(group.lambda_scale), counted(group.counted),
          least_density(group.least_density), target(group.target),
          learning_rate_(group.learning_rate.value_or(learning_rate)) {}

    /// tau of the group, for LibTorch's schedulers.
    double get_lr() const override { return learning_rate_; }
    /// Sets tau of the group.
    void set_lr(const double learning_rate) override { learning_rate_ = learning_rate; }

  private:
    double learning_rate_;
};

} // namespace bregman::libtorch
