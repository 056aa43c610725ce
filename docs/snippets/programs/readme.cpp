#include <iostream>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

int main() { // 400 unknowns, 20 of them not zero, 160 measurements; your own loss is a function like recovery.problem
    const auto recovery = bregman::sparse_recovery<double>::gaussian(160, 400, 20);
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(400);

    auto law = [](const bregman::observation<double>& seen) {
        return seen.sparsity < seen.target ? seen.lambda * 1.002 : seen.lambda / 1.002;
    };
    auto optimizer = bregman::make_linbreg<double>({.step_size = 0.2, .lambda = 10, .target = 0.95}, law);
    auto result = bregman::minimize(optimizer, theta, recovery.problem, 4000, bregman::print_every(1000));

    std::cout << 100 * result.sparsity << " % of theta is zero; lambda found itself at " << result.lambda << '\n'
              << "relative error " << (theta - recovery.solution).norm() / recovery.solution.norm() << '\n';
}
