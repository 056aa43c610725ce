#pragma once

#include <cmath>
#include <cstdint>

#include <Eigen/Core>

#include <bregman/error.hpp>
#include <bregman/random.hpp>

namespace bregman {

/// L(x) = ||A x - b||^2 / 2, callable as an objective of minimize().
template <class T>
struct least_squares {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> A;
    Eigen::Matrix<T, Eigen::Dynamic, 1> b;

    template <class X, class Gradient>
    T operator()(const X& x, Gradient& gradient) const {
        const Eigen::Matrix<T, Eigen::Dynamic, 1> residual = A * x - b;
        gradient.noalias() = A.transpose() * residual;
        return residual.squaredNorm() / 2;
    }

    /// ||A||^2, the Lipschitz constant of the gradient, by power iteration (relative error about 1e-6;
    /// rounded up).
    T lipschitz_constant() const {
        Eigen::Matrix<T, Eigen::Dynamic, 1> x = Eigen::Matrix<T, Eigen::Dynamic, 1>::Ones(A.cols());
        T previous = 0, current = 0;
        for (int i = 0; i < 1000; ++i) {
            x.normalize();
            x = (A.transpose() * (A * x)).eval();
            current = x.norm();
            if (std::abs(current - previous) <= T(1e-7) * current) break;
            previous = current;
        }
        return current * T(1 + 1e-6);
    }
};

/// A sparse vector seen through few Gaussian measurements: b = A x + noise.
template <class T>
struct sparse_recovery {
    least_squares<T> problem;
    Eigen::Matrix<T, Eigen::Dynamic, 1> solution;

    /// A is m x n with N(0, 1/m) entries; `nonzeros` entries of x, at random places, are N(0, 1); noise is
    /// N(0, noise^2) per measurement. The same seed gives the same problem everywhere.
    static sparse_recovery gaussian(Eigen::Index m, Eigen::Index n, Eigen::Index nonzeros, T noise = 0,
                                    std::uint64_t seed = 0) {
        require(m >= 1, "measurements m", m, ">= 1", "100 is a start");
        require(nonzeros >= 0 && nonzeros <= n, "nonzeros", nonzeros, "[0, n]",
                "choose fewer than the unknowns");
        sparse_recovery r;
        const normal_source matrix{counter_random(seed, 0)}, values{counter_random(seed, 1)},
            errors{counter_random(seed, 3)};
        const counter_random places(seed, 2);
        r.problem.A.resize(m, n);
        for (Eigen::Index i = 0; i < m * n; ++i) r.problem.A.data()[i] = T(matrix(i) / std::sqrt(double(m)));
        r.solution.setZero(n);
        // Floyd's choice of distinct places: each position of the last `nonzeros` draws once.
        for (Eigen::Index k = n - nonzeros; k < n; ++k) {
            Eigen::Index place = Eigen::Index(places.bits(std::uint64_t(k)) % std::uint64_t(k + 1));
            if (r.solution[place] != 0) place = k;
            r.solution[place] = T(values(k));
        }
        r.problem.b = r.problem.A * r.solution;
        for (Eigen::Index i = 0; i < m; ++i) r.problem.b[i] += noise * T(errors(i));
        return r;
    }

  private:
    /// N(0, 1) by position (Box and Muller).
    struct normal_source {
        counter_random random;
        double operator()(Eigen::Index i) const {
            const double radius = std::sqrt(-2 * std::log1p(-random.uniform(2 * std::uint64_t(i))));
            return radius * std::cos(2 * 3.14159265358979323846 * random.uniform(2 * std::uint64_t(i) + 1));
        }
    };
};

} // namespace bregman
