// Only a direction that masks the gradients of zeros can hold a support.
#include <bregman/bregman.hpp>

int main() {
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(3);
    bregman::adabreg<float> optimizer;
    optimizer.step(theta, Eigen::VectorXf(Eigen::VectorXf::Ones(3)));
    // expected: bregman: this direction cannot freeze the support: make the optimizer of with_freeze<Direction>
    optimizer.freeze(theta);
}
