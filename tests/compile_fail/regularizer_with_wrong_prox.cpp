// lambda is an argument of prox, never stored in a regularizer.
#include <bregman/bregman.hpp>

struct stored_lambda {
    float lambda = 0.1f;
    template <class V>
    V value(const V& x) const {
        return bregman::abs(x);
    }
    template <class V>
    V subgradient(const V& x) const {
        return bregman::sign(x);
    }
    template <class V>
    V prox(const V& x) const {
        return bregman::shrink(x, lambda);
    }
};

int main() {
    // expected: bregman: a regularizer needs either `V value(const V&) const`, `V subgradient(const V&) const` and `V prox(const V& x, T t) const`
    bregman::linbreg<float, stored_lambda, bregman::fixed_law> optimizer;
}
