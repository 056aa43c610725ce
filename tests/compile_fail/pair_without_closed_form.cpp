// l1 with a mirror map that is not euclidean has no closed-form step that the library knows.
#include <cmath>

#include <bregman/bregman.hpp>

struct entropy {
    float to_dual(float theta) const { return std::log(theta); }
    float to_primal(float dual) const { return std::exp(dual); }
};

int main() {
    // expected: bregman: this mirror map and this regularizer have no closed-form step together
    bregman::optimizer<bregman::gradient, entropy, bregman::l1, bregman::fixed_law, bregman::eigen_backend<float>>
        optimizer;
}
