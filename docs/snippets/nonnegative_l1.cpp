// docs/concepts/regularizer.md
#include "snippets.hpp"

#include <bregman/bregman.hpp>

namespace {

using namespace bregman;

struct nonnegative_l1 {
    template <class V>
    V value(const V& x) const {
        return abs(x);
    } // for x >= 0, where it is finite
    template <class V>
    V subgradient(const V& x) const {
        return sign(x);
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return max(x - V(t), V(0));
    }
};

} // namespace

bool nonnegative_l1_works() {
    linbreg<float, nonnegative_l1, fixed_law> optimizer({.step_size = 1.0f, .lambda = 0.5f});
    Eigen::VectorXf theta = Eigen::VectorXf::Zero(3), gradient(3);
    gradient << 2, -2, -0.25f;
    optimizer.step(theta, gradient);
    return theta[0] == 0 && theta[1] == 1.5f && theta[2] == 0;
}
