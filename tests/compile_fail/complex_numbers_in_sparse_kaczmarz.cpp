// A solver of real problems.
#include <bregman/solvers/sparse_kaczmarz.hpp>

int main() {
    const Eigen::MatrixXcd A = Eigen::MatrixXcd::Random(4, 6);
    const Eigen::VectorXcd b = Eigen::VectorXcd::Ones(4);
    // expected: bregman: sparse_kaczmarz takes real numbers; linearised_bregman takes complex ones
    bregman::sparse_kaczmarz(A, b);
}
