// v0 needs both directions of a mirror map.
#include <bregman/bregman.hpp>

struct one_way {
    template <class V>
    V to_primal(const V& dual) const {
        return dual;
    }
};

int main() {
    // expected: bregman: a mirror map needs `V to_dual(const V& theta) const` and `V to_primal(const V& dual) const`
    bregman::optimizer<bregman::gradient, one_way, bregman::none, bregman::fixed_law, bregman::eigen_backend<float>>
        optimizer;
}
