// docs/concepts/tensor.md
#include "snippets.hpp"

#include <variant>

#include <bregman/bregman.hpp>

bool groups_work() {
    Eigen::MatrixXf weight = Eigen::MatrixXf::Ones(40, 50), weight_gradient = Eigen::MatrixXf::Random(40, 50);
    Eigen::VectorXf bias = Eigen::VectorXf::Ones(40), bias_gradient = Eigen::VectorXf::Random(40);

    using regularizer = std::variant<bregman::none, bregman::l1, bregman::group_rows>;
    bregman::adabreg<float, regularizer> optimizer({.lambda = 0.1f, .target = 0.9f});

    bregman::parameter_list<float, regularizer> parameters;
    parameters.add_group({.name = "weights", .regularizer = bregman::l1{}});
    parameters.add(weight, weight_gradient);
    parameters.add_group({.name = "biases", .regularizer = bregman::none{}});
    parameters.add(bias, bias_gradient);

    bregman::thin_out(parameters, {.density = 0.01}); // the paper's start: 1 % of each regularized tensor
    optimizer.step(parameters);

    return (bias.array() != 0).all() && bregman::sparsity_without(optimizer.counts(), "biases") > 0.95;
}
