// A scalar type is not a backend.
#include <bregman/bregman.hpp>

struct nowhere {
    using scalar = float;
};

int main() {
    // expected: bregman: the backend must provide scalar, buffer, zeros, data
    bregman::linbreg<float, bregman::l1, bregman::fixed_law, nowhere> optimizer;
}
