// docs/policies/observers/oscillation_guard.md
#include "../snippets.hpp"

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

bool oscillation_guard_works() {
    const auto recovery = bregman::sparse_recovery<double>::gaussian(40, 100, 5);
    // A law that swings from one side of the target to the other.
    auto law = [](const auto& seen) { return seen.sparsity < seen.target ? 10.0 : 0.01; };
    auto optimizer = bregman::make_linbreg<double>({.step_size = 0.1, .lambda = 0.01, .target = 0.9}, law);

    Eigen::VectorXd theta = Eigen::VectorXd::Zero(100);
    bregman::oscillation_guard guard(optimizer, {.window = 500, .sign_changes = 20});
    bregman::minimize(optimizer, theta, recovery.problem, 200, guard);
    return guard.reductions() > 0 && optimizer.step_size() < 0.1;
}
