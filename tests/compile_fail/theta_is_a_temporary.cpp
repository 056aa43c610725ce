// The update of a temporary would be lost.
#include <bregman/bregman.hpp>

Eigen::VectorXf start() { return Eigen::VectorXf::Ones(3); }

int main() {
    const Eigen::VectorXf gradient = start();
    bregman::linbreg<> optimizer;
    // expected: bregman: theta is a temporary, whose update would be lost
    optimizer.step(start(), gradient);
}
