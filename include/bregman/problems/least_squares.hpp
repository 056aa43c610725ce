#pragma once

#include <cmath>
#include <cstdint>

#include <Eigen/Core>

#include <bregman/base/error.hpp>
#include <bregman/operators/dense.hpp>
#include <bregman/operators/norm.hpp>
#include <bregman/problems/sparse_signal.hpp>

namespace bregman {

/// L(x) = ||A x - b||^2 / 2, callable as an objective of minimize().
template <class T>
struct least_squares {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> A; ///< m x n
    Eigen::Matrix<T, Eigen::Dynamic, 1> b;              ///< m elements

    /// The loss at x; writes its gradient A^T (A x - b).
    template <class X, class Gradient>
    T operator()(const X& x, Gradient& gradient) const {
        const Eigen::Matrix<T, Eigen::Dynamic, 1> residual = A * x - b;
        gradient.noalias() = A.transpose() * residual;
        return residual.squaredNorm() / 2;
    }

    /// ||A||^2, the Lipschitz constant of the gradient, by power iteration (relative error about 1e-6;
    /// rounded up).
    T lipschitz_constant() const { return power_iteration<T>(dense_operator<T>(A)); }
};

/// A sparse vector seen through few Gaussian measurements: b = A x + noise.
template <class T>
struct sparse_recovery {
    least_squares<T> problem;                     ///< A and b = A solution, with noise where it was asked for
    Eigen::Matrix<T, Eigen::Dynamic, 1> solution; ///< the sparse x that b was made of

    /// A is m x n with N(0, 1/m) entries; `nonzeros` entries of x, at random places, are N(0, 1); noise is
    /// N(0, noise^2) per measurement. The same seed gives the same problem everywhere.
    static sparse_recovery gaussian(Eigen::Index m, Eigen::Index n, Eigen::Index nonzeros, T noise = 0,
                                    std::uint64_t seed = 0) {
        require(m >= 1, "measurements m", m, ">= 1", "100 is a start");
        sparse_recovery r;
        const normal_source matrix{counter_random(seed, 0)};
        r.solution = sparse_signal<T>(n, nonzeros, seed);
        r.problem.A.resize(m, n);
        for (Eigen::Index i = 0; i < m * n; ++i) r.problem.A.data()[i] = T(matrix(i) / std::sqrt(double(m)));
        r.problem.b = r.problem.A * r.solution;
        add_noise(r.problem.b, noise, seed);
        return r;
    }
};

} // namespace bregman
