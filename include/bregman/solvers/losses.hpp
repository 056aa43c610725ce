#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>

/// \file
/// The losses of penalised problems, element by element: l(p, b) of the prediction p = (A x)_i and the datum b = b_i. A loss of
/// your own is a struct like these (`loss_of` in solver_loss.hpp says what it needs).

namespace bregman {

/// l(p, b) = |p - b|^2 / 2: the lasso and its kin. Of complex numbers too.
///
///     l'(p) = p - b          l^*(u) = |u|^2 / 2 + u b          l'' = 1
struct quadratic_loss {
    template <class T>
    real_of<T> value(const T& p, const T& b) const {
        return Eigen::numext::abs2(p - b) / 2;
    }
    template <class T>
    T gradient(const T& p, const T& b) const {
        return p - b;
    }
    template <class T>
    real_of<T> conjugate(const T& u, const T& b) const {
        return Eigen::numext::abs2(u) / 2 + Eigen::numext::real(Eigen::numext::conj(u) * b);
    }
    double curvature() const { return 1; }
    /// The c that minimises the sum of l(p_i + c, b_i).
    template <class T>
    T intercept(const dense_vector<T>& p, const dense_vector<T>& b) const {
        return (b - p).mean();
    }
};

/// l(p, b) = log(1 + exp(-s p)), s = 1 where the label b is 1 and s = -1 where it is 0 or -1: labels are 0 and 1, or -1 and 1.
/// p is the logarithm of the odds of label 1.
///
///     l'(p) = -s / (1 + exp(s p))          l^*(u) = t log t + (1 - t) log(1 - t), t = -s u in [0, 1]          l'' <= 1/4
struct logistic_loss {
    template <std::floating_point T>
    T value(T p, T b) const {
        return std::max(b > T(0) ? -p : p, T(0)) + std::log1p(std::exp(-std::abs(p)));
    }
    template <std::floating_point T>
    T gradient(T p, T b) const {
        const T small = std::exp(-std::abs(p)); // no overflow, whatever p is
        const bool right = (p >= T(0)) == (b > T(0));
        const T size = (right ? small : T(1)) / (T(1) + small);
        return b > T(0) ? -size : size;
    }
    template <std::floating_point T>
    T conjugate(T u, T b) const {
        const T t = b > T(0) ? -u : u;
        if (!(t >= T(0) && t <= T(1))) return infinity_of<T>();
        const auto entropy = [](T part, T rest) { return part > T(0) ? part * std::log1p(-rest) : T(0); };
        return entropy(t, T(1) - t) + entropy(T(1) - t, t);
    }
    double curvature() const { return 0.25; }

    template <class T>
    void validate(const dense_vector<T>& b) const {
        bool zero = false, minus = false;
        for (index_t i = 0; i < b.size(); ++i) {
            require(b[i] == T(1) || b[i] == T(0) || b[i] == T(-1), "label b", b[i], "0 and 1, or -1 and 1",
                    "number the classes so; of more than two classes fit one against the others");
            zero = zero || b[i] == T(0);
            minus = minus || b[i] == T(-1);
        }
        if (zero && minus)
            refuse("labels b", "0 and -1 both", "0 and 1, or -1 and 1", "a label of two classes has two values");
    }
    /// Without both labels no finite intercept is best.
    template <class T>
    void validate_intercept(const dense_vector<T>& b) const {
        require(b.maxCoeff() > T(0) && b.minCoeff() <= T(0), "labels b", b[0],
                "both labels where there is an intercept",
                "of one class alone it would be infinite: say .intercept = false");
    }
};

/// l(p, b) = r^2 / 2 where |r| <= threshold, threshold |r| - threshold^2 / 2 beyond, r = p - b (Huber 1964): outliers pull no
/// harder than `threshold`, which is in units of b.
///
///     l'(p) = r clamped to [-threshold, threshold]          l^*(u) = u^2 / 2 + u b, |u| <= threshold          l'' <= 1
struct huber_loss {
    double threshold = 1; ///< > 0, in units of b

    template <std::floating_point T>
    T value(T p, T b) const {
        const T size = std::abs(p - b), bend = std::min(size, T(threshold));
        return bend * (size - bend / 2);
    }
    template <std::floating_point T>
    T gradient(T p, T b) const {
        return std::clamp(p - b, -T(threshold), T(threshold));
    }
    template <std::floating_point T>
    T conjugate(T u, T b) const {
        return std::abs(u) <= T(threshold) ? u * (u / 2 + b) : infinity_of<T>();
    }
    double curvature() const { return 1; }

    template <class T>
    void validate(const dense_vector<T>&) const {
        require(threshold > 0 && is_finite(threshold), "huber_loss.threshold", threshold, "> 0, finite",
                "it is the size of an error above which it counts as an outlier; 1 is the default");
    }
};

/// l(p, b) = exp(p) - b p + b log b - b, counts b with mean exp(p): the Kullback-Leibler divergence, half the deviance
/// (Poisson regression with the logarithmic link, as scikit-learn's PoissonRegressor). poisson_descent has the identity as link.
///
///     l'(p) = exp(p) - b          l^*(u) = (u + b) log(u + b) - (u + b) - b log b + b, u >= -b          l'' has no bound
struct poisson_loss {
    template <std::floating_point T>
    T value(T p, T b) const {
        if (!(b > T(0))) return std::exp(p);
        const T off = p - std::log(b); // b (exp(off) - 1 - off), which is small near the optimum
        return b * (std::expm1(off) - off);
    }
    template <std::floating_point T>
    T gradient(T p, T b) const {
        return std::exp(p) - b;
    }
    template <std::floating_point T>
    T conjugate(T u, T b) const {
        const T mean = u + b;
        if (mean < T(0)) return infinity_of<T>();
        const auto entropy = [](T count) { return count > T(0) ? count * std::log(count) - count : T(0); };
        return entropy(mean) - entropy(b);
    }
    /// The c that minimises the sum of l(p_i + c, b_i).
    template <std::floating_point T>
    T intercept(const dense_vector<T>& p, const dense_vector<T>& b) const {
        const T largest = p.maxCoeff();
        return std::log(b.sum() / (p.array() - largest).exp().sum()) - largest;
    }

    template <class T>
    void validate(const dense_vector<T>& b) const {
        require(b.minCoeff() >= T(0), "count b", b.minCoeff(), ">= 0",
                "Poisson data are counts: subtract nothing from them");
    }
    template <class T>
    void validate_intercept(const dense_vector<T>& b) const {
        require(b.sum() > T(0), "sum of counts b", b.sum(), "> 0 where there is an intercept",
                "without a count it would be minus infinity: say .intercept = false");
    }
};

} // namespace bregman
