// Counts as they were read.
#include <vector>

#include <bregman/solvers.hpp>

int main() {
    const std::vector<int> counts{1, 2, 3};
    // expected: solvers compute in float, double and their complex numbers; cast the vector
    bregman::poisson_descent(Eigen::MatrixXd::Identity(3, 3), counts);
}
