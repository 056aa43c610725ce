// A solver of real problems.
#include <bregman/solvers/split_lbi.hpp>

int main() {
    const Eigen::MatrixXcd A = Eigen::MatrixXcd::Random(4, 6);
    const Eigen::VectorXcd b = Eigen::VectorXcd::Ones(4);
    // expected: bregman: split_lbi takes real numbers; linearised_bregman takes complex ones
    bregman::split_lbi(A, b);
}
