#include <iostream>

#include <bregman/bregman.hpp>

int main() {
    Eigen::VectorXf theta(4), gradient(4);
    theta << 0.5f, 0, -0.2f, 0;
    gradient << 1, -6, 0.5f, 0;
    auto optimizer = bregman::make_linbreg<float>({.step_size = 0.02f, .lambda = 0.1f}, bregman::fixed_law());
    const auto report = optimizer.step(theta, gradient);
    std::cout << "theta " << theta.transpose() << ", sparsity " << report.sparsity << '\n';
    return report.sparsity == 0.25f ? 0 : 1;
}
