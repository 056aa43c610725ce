// An Eigen expression has no memory to point to.
#include <bregman/bregman.hpp>

int main() {
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(3), gradient = theta;
    bregman::linbreg<float> optimizer;
    // expected: parameters and gradients must be memory that can be pointed to
    optimizer.step(theta, 2 * gradient);
}
