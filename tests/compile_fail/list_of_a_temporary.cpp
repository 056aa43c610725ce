// A list keeps pointers; a temporary's memory is gone after the call.
#include <bregman/bregman.hpp>

Eigen::VectorXf gradient_of(const Eigen::VectorXf& x) { return 2 * x; }

int main() {
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(3);
    bregman::parameter_list<float, bregman::l1> parameters;
    // expected: bregman: a parameter_list keeps pointers, and this theta or gradient is a temporary
    parameters.add(theta, gradient_of(theta));
}
