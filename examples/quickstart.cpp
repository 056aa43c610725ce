// Find a sparse vector from few measurements, with a control law of our own: lambda follows the sparsity
// asked for.
#include <iostream>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

int main() {
    // 400 unknowns, 20 of them non-zero, 160 measurements: b = A x.
    const auto recovery = bregman::sparse_recovery<double>::gaussian(160, 400, 20);

    // A control law is any callable: here lambda moves by 0.2 % towards the target after each step.
    auto law = [](const bregman::observation<double>& seen) {
        return seen.sparsity < seen.target ? seen.lambda * 1.002 : seen.lambda / 1.002;
    };
    auto optimizer = bregman::make_linbreg<double>(
        {.step_size = 1.9 / recovery.problem.lipschitz_constant(), .lambda = 10, .target = 0.95}, law);

    Eigen::VectorXd x = Eigen::VectorXd::Zero(400);
    const auto result = bregman::minimize(optimizer, x, recovery.problem, 3000, bregman::print_every(500));

    std::cout << "stopped by " << result.reason << " after " << result.steps << " steps: " << (x.array() != 0).count()
              << " non-zeros, sparsity " << result.sparsity << ", lambda " << result.lambda << ", relative error "
              << (x - recovery.solution).norm() / recovery.solution.norm() << '\n';
}
