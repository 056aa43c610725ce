// linbreg<> works on float.
#include <bregman/bregman.hpp>

int main() {
    Eigen::VectorXd theta = Eigen::VectorXd::Ones(3), gradient = theta;
    bregman::linbreg<> optimizer;
    // expected: theta and the gradient must have the optimizer's scalar type
    optimizer.step(theta, gradient);
}
