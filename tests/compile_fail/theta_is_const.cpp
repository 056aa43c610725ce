// theta is updated in place.
#include <bregman/bregman.hpp>

int main() {
    const Eigen::VectorXf theta = Eigen::VectorXf::Ones(3), gradient = theta;
    bregman::linbreg<> optimizer;
    // expected: bregman: theta must be writable
    optimizer.step(theta, gradient);
}
