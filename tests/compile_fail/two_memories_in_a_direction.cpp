// A tensor has room for one remembered number, and both would write it.
#include <bregman/bregman.hpp>

int main() {
    // expected: bregman: one number is kept for each tensor, and the direction inside with_trust_ratio takes it already
    using direction = bregman::with_trust_ratio<bregman::with_leak<bregman::adam_mini>>;
    bregman::optimizer<direction, bregman::euclidean<float>, bregman::l1, bregman::settling_law,
                       bregman::eigen_backend<float>>
        optimizer({.target = 0.9f});
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(3);
    optimizer.step(theta, Eigen::VectorXf(Eigen::VectorXf::Ones(3)));
}
