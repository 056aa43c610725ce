#pragma once

#include <algorithm>
#include <cstdint>

#include <bregman/base/random.hpp>
#include <bregman/operators/linear_operator.hpp>
#include <bregman/solvers/stop_rule.hpp>

/// \file
/// Data of penalised problems, the same in C++ and in make_penalised_references.py.

namespace bregman::testing {

namespace penalised {

using vector = dense_vector<double>;
using matrix = dense_matrix<double>;

/// Uniform on [-1, 1), as make_penalised_references.py makes them.
inline matrix numbers(std::uint64_t stream, index_t rows, index_t columns) {
    const counter_random random(2026, stream);
    return matrix::NullaryExpr(
        rows, columns, [&](index_t i, index_t j) { return 2 * random.uniform(std::uint64_t(j * rows + i)) - 1; });
}

/// 40 samples of 80 numbers, five of which count.
struct samples {
    matrix A = numbers(0, 40, 80), B = matrix(40, 3);
    vector b, labels, counts;

    samples() {
        vector x = vector::Zero(80);
        x[0] = 1.5, x[16] = -2, x[32] = 1, x[48] = -0.5, x[64] = 2.5;
        b = A * x + 0.3 * numbers(1, 40, 1) + vector::Constant(40, 0.7);
        B << b, 2 * b.reverse(), numbers(2, 40, 1);
        labels = ((numbers(3, 40, 1).col(0) + b).array() > 0.5).cast<double>();
        counts = (0.5 * b.array() + 0.5).exp().floor();
    }
};
inline const samples& data() {
    static const samples once;
    return once;
}

inline const stop_rule tight{.max_iterations = 50000, .kkt = 1e-10};

inline double distance(const vector& x, const vector& y) { return (x - y).norm() / std::max(y.norm(), 1e-300); }

} // namespace penalised

} // namespace bregman::testing
