#pragma once

#include <cmath>

#include <Eigen/Core>

#include <bregman/tensors/tensor.hpp>

/// \file
/// The algorithms the way one writes them with Eigen: one statement per formula, so several passes over
/// memory.

namespace bench::eigen_statements {

using bregman::index_t;
using Eigen::ArrayXf;

inline constexpr float lambda = 0.1f, beta = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;

inline void shrink(const ArrayXf& v, ArrayXf& theta) { theta = v.sign() * (v.abs() - lambda).max(0.0f); }
inline index_t zeros(const ArrayXf& theta) { return (theta.abs() <= 1e-12f).count(); }

struct linbreg {
    ArrayXf v;

    index_t step(ArrayXf& theta, const ArrayXf& g) {
        if (v.size() == 0) v = theta + lambda * theta.sign();
        v -= 0.1f * g;
        shrink(v, theta);
        return zeros(theta);
    }
};

struct linbreg_momentum {
    ArrayXf v, m;

    index_t step(ArrayXf& theta, const ArrayXf& g) {
        if (v.size() == 0) v = theta + lambda * theta.sign(), m = ArrayXf::Zero(v.size());
        m = beta * m + ((1 - beta) * 0.1f) * g;
        v -= m;
        shrink(v, theta);
        return zeros(theta);
    }
};

struct adabreg {
    ArrayXf v, m1, m2;
    int k = 0;

    index_t step(ArrayXf& theta, const ArrayXf& g) {
        if (v.size() == 0) v = theta + lambda * theta.sign(), m1 = m2 = ArrayXf::Zero(v.size());
        ++k;
        const float rate = 0.01f / (1 - std::pow(beta, float(k)));
        const float scale = 1 / std::sqrt(1 - std::pow(beta2, float(k)));
        m1 = beta * m1 + (1 - beta) * g;
        m2 = beta2 * m2 + (1 - beta2) * g.square();
        v -= rate * m1 / (scale * m2.sqrt() + epsilon);
        shrink(v, theta);
        return zeros(theta);
    }
};

} // namespace bench::eigen_statements
