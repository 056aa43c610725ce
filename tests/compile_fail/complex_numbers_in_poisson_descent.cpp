// A solver of real problems.
#include <bregman/solvers/poisson.hpp>

int main() {
    const Eigen::MatrixXcd A = Eigen::MatrixXcd::Random(4, 6);
    const Eigen::VectorXcd b = Eigen::VectorXcd::Ones(4);
    // expected: bregman: counts are real numbers: poisson_descent takes no complex ones
    bregman::poisson_descent(A, b);
}
