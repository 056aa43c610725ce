#include <iostream>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

int main() {
    const auto recovery = bregman::sparse_recovery<double>::gaussian(160, 400, 20);
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(400);
    auto optimizer = bregman::make_linbreg<double>({.step_size = 0.2, .lambda = 10, .target = 0.95});
    const auto result = bregman::minimize(optimizer, theta, recovery.problem, 4000);
    std::cout << "sparsity " << result.sparsity << '\n';
    return result.sparsity > 0.9 ? 0 : 1;
}
