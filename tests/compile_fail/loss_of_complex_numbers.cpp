// Labels and counts are real: of complex numbers the library has the quadratic loss.
#include <complex>

#include <bregman/solvers/penalised.hpp>

int main() {
    const Eigen::MatrixXcd A = Eigen::MatrixXcd::Identity(3, 3);
    const Eigen::VectorXcd b = Eigen::VectorXcd::Ones(3);
    // expected: (of complex numbers only the quadratic one of the library); see docs/solvers/penalised.md
    bregman::minimise_penalised(A, b, {.loss = bregman::logistic_loss{}});
}
