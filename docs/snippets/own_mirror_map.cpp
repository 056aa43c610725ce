// docs/concepts/mirror_map.md
#include "snippets.hpp"

#include <cmath>

#include <bregman/bregman.hpp>

namespace {

using namespace bregman;

struct bounded { // 2 phi = sum (1 + x) log(1 + x) + (1 - x) log(1 - x): theta stays in (-1, 1)
    template <class V>
    V to_dual(const V& x) const { // atanh
        return (log(V(1) + x) - log(V(1) - x)) * V(0.5f);
    }
    template <class V>
    V to_primal(const V& v) const { // tanh
        return V(1) - V(2) / (exp(v + v) + V(1));
    }
};

struct bounded_for_floats {
    float to_dual(float x) const { return std::atanh(x); }
    float to_primal(float v) const { return std::tanh(v); }
};

template <class Mirror>
Eigen::VectorXf five_steps() {
    optimizer<gradient, Mirror, none, fixed_law, eigen_backend<float>> method({.step_size = 0.5f});
    Eigen::VectorXf theta{{0, 0.5f, -0.5f, 0.9f, -0.99f}};
    const Eigen::VectorXf gradient{{-1, -1, 1, 2, 3}};
    for (int k = 0; k < 5; ++k) method.step(theta, gradient);
    return theta;
}

} // namespace

bool own_mirror_map_works() {
    const Eigen::VectorXf theta = five_steps<bounded>();
    return std::abs(theta[0] - std::tanh(2.5f)) < 1e-6f && (theta.array().abs() <= 1).all() &&
           theta.isApprox(five_steps<bounded_for_floats>(), 1e-6f);
}
