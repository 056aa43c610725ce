#pragma once

#include <cmath>
#include <cstdint>

#include <bregman/base/random.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// How far apply_transposed is from the adjoint of apply: |<A x, y> - <x, A^T y>| / (||A x|| ||y||) for
/// vectors x and y drawn from the seed. Rounding (about 1e-15 in double, 1e-6 in float) when they belong
/// together, and about 1 / sqrt(rows) or more when they do not: test every operator you write with it.
template <class T, class A>
real_of<T> adjoint_error(const A& a, std::uint64_t seed = 0) {
    auto draw = [seed](index_t n, std::uint64_t stream) {
        const counter_random random(seed, stream);
        dense_vector<T> values(n);
        for (index_t i = 0; i < n; ++i) {
            const real_of<T> part = real_of<T>(2 * random.uniform(std::uint64_t(i)) - 1);
            if constexpr (std::is_same_v<T, real_of<T>>)
                values[i] = part;
            else
                values[i] = T(part, real_of<T>(2 * random.uniform(std::uint64_t(i + n)) - 1));
        }
        return values;
    };
    const dense_vector<T> x = draw(a.cols(), 1), y = draw(a.rows(), 2);
    dense_vector<T> ax, aty;
    a.apply(x, ax);
    a.apply_transposed(y, aty);
    const real_of<T> scale = ax.norm() * y.norm();
    const real_of<T> difference = std::abs(ax.dot(y) - x.dot(aty));
    return scale > real_of<T>(0) ? difference / scale : difference;
}

} // namespace bregman
