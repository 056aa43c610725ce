// docs/concepts/regularizer.md
#include "snippets.hpp"

#include <bregman/bregman.hpp>

namespace {

using namespace bregman;

struct asymmetric_l1 { // J = sum of up * x for x > 0, of down * |x| for x < 0
    float up = 1, down = 0.25f;
    template <class V>
    V value(const V& x) const {
        return V(up) * max(x, V(0)) + V(down) * max(-x, V(0));
    }
    template <class V>
    V subgradient(const V& x) const {
        return V(up) * max(sign(x), V(0)) + V(down) * min(sign(x), V(0));
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return x - clamp(x, V(-down) * V(t), V(up) * V(t));
    }
    template <class V>
    V critical_lambda(const V& v) const {
        return max(v / V(up), -v / V(down));
    }
};

struct asymmetric_l1_for_floats {
    float up = 1, down = 0.25f;
    float value(float x) const { return x > 0 ? up * x : -down * x; }
    float subgradient(float x) const { return x > 0 ? up : x < 0 ? -down : 0; }
    float prox(float x, float t) const { return x > up * t ? x - up * t : x < -down * t ? x + down * t : 0; }
};

template <class Regularizer>
Eigen::VectorXf five_values() {
    linbreg<float, Regularizer, fixed_law> optimizer({.step_size = 1, .lambda = 1});
    Eigen::VectorXf theta = Eigen::VectorXf::Zero(5);
    const Eigen::VectorXf gradient{{-3, -0.5f, 0, 0.125f, 3}};
    optimizer.step(theta, gradient);
    return theta;
}

} // namespace

bool own_regularizer_works() {
    const Eigen::VectorXf expected{{2, 0, 0, 0, -2.75f}};
    // The quantile law works as well, for there is a critical_lambda.
    linbreg<float, asymmetric_l1, quantile_law> quantile({.step_size = 1, .target = 0.8f});
    Eigen::VectorXf theta = Eigen::VectorXf::Zero(5);
    quantile.step(theta, Eigen::VectorXf{{-3, -0.5f, 0, 0.125f, 3}});
    return five_values<asymmetric_l1>() == expected && five_values<asymmetric_l1_for_floats>() == expected &&
           quantile.sparsity() == 0.8f;
}
