#pragma once

#include <cmath>

#include <bregman/base/random.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// ||A||^2, the Lipschitz constant of A^T(A x - b), by power iteration from a fixed start: relative error
/// about 1e-6 where the leading singular values are apart, rounded up. At most `max_pairs` products with A
/// and A^T; `pairs`, where given, is increased by those it made. 0 for A = 0.
template <class T, class A>
real_of<T> power_iteration(const A& a, int max_pairs = 1000, real_of<T> relative_change = real_of<T>(1e-7),
                           double* pairs = nullptr) {
    using real = real_of<T>;
    dense_vector<T> x(index_t(a.cols())), y;
    const counter_random random(0, 17);
    for (index_t i = 0; i < x.size(); ++i) x[i] = T(0.5 + random.uniform(std::uint64_t(i)));
    real previous = 0, current = 0;
    for (int i = 0; i < max_pairs; ++i) {
        x.normalize();
        a.apply(x, y);
        a.apply_transposed(y, x);
        if (pairs) *pairs += 1;
        current = x.norm();
        if (std::abs(current - previous) <= relative_change * current) break;
        previous = current;
    }
    return current * real(1 + 1e-6);
}

/// ||A||^2, from the operator where it knows it and by power iteration otherwise.
template <class T, class A>
real_of<T> norm_squared(const A& a, int max_pairs = 1000, real_of<T> relative_change = real_of<T>(1e-7),
                        double* pairs = nullptr) {
    if constexpr (has_norm_squared<A, T>)
        return a.norm_squared();
    else
        return power_iteration<T>(a, max_pairs, relative_change, pairs);
}

} // namespace bregman
