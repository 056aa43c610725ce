// A of floats and b of doubles: which of the two was meant?
#include <bregman/solvers.hpp>

int main() {
    const Eigen::MatrixXf A = Eigen::MatrixXf::Identity(3, 3);
    // expected: A and b have different scalars; cast one, for instance A.cast<double>()
    bregman::fista(A, Eigen::Vector3d(1, 2, 3));
}
