// A loss has a value and a gradient.
#include <bregman/solvers/penalised.hpp>

struct absolute {
    double value(double p, double b) const { return p > b ? p - b : b - p; }
};

int main() {
    const Eigen::MatrixXd A = Eigen::MatrixXd::Identity(3, 3);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(3);
    // expected: bregman: a loss needs `real value(T p, T b) const` and `T gradient(T p, T b) const`, element by element
    bregman::minimise_penalised(A, b, {.loss = absolute{}});
}
