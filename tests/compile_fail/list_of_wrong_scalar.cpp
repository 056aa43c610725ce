// All tensors of a list have its scalar type.
#include <bregman/bregman.hpp>

int main() {
    Eigen::VectorXd theta = Eigen::VectorXd::Ones(3), gradient = theta;
    bregman::parameter_list<float, bregman::l1> parameters;
    // expected: theta and gradient must have the scalar type of their parameter_list
    parameters.add(theta, gradient);
}
