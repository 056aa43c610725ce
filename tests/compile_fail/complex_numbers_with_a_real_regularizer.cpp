// The nuclear norm is written for real matrices.
#include <bregman/regularizers/nuclear.hpp>
#include <bregman/solvers/linearised_bregman.hpp>

int main() {
    const Eigen::MatrixXcd A = Eigen::MatrixXcd::Random(4, 6);
    const Eigen::VectorXcd b = Eigen::VectorXcd::Ones(4);
    // expected: bregman: this regularizer is not one of complex numbers: those take l1, weighted_l1, elastic_net, the group norms
    bregman::linearised_bregman(A, b, {.regularizer = bregman::nuclear{}});
}
