#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// The sorted l1 norm J(x) = sum w_i |x|_(i), |x|_(1) >= |x|_(2) >= ... and w_1 >= w_2 >= ... >= 0: the
/// largest elements pay most. SLOPE (Bogdan, van den Berg, Sabatti, Su, Candes 2015); all w equal is l1,
/// decreasing ones also group elements of equal size (OSCAR).
///
/// One weight per element of the tensor; all tensors that use it have that size. prox sorts |x|, subtracts t
/// w and pools what is then out of order: O(n log n). A tensor regularizer: it runs on the host and allocates
/// O(n).
class slope {
  public:
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static constexpr const char* name = "slope";

    slope() = default; ///< for tensors without elements
    /// The weights, finite, >= 0 and not increasing.
    explicit slope(std::vector<double> weights) : weights_(std::move(weights)) {
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            require(weights_[i] >= 0 && is_finite(weights_[i]), "slope, weight " + std::to_string(i), weights_[i],
                    ">= 0, finite", "benjamini_hochberg(size, q) makes weights");
            require(i == 0 || weights_[i] <= weights_[i - 1], "slope, weight " + std::to_string(i), weights_[i],
                    "at most the weight before it", "sort the weights from large to small");
        }
    }
    /// w_i = z(1 - i q / (2 size)), z the quantile of N(0, 1): with orthogonal designs and noise of deviation
    /// lambda the expected share of false discoveries is at most q. q in (0, 1).
    static slope benjamini_hochberg(index_t size, double q) {
        require(size >= 0, "slope, size", size, ">= 0", "pass the number of elements of the tensor");
        require(q > 0 && q < 1, "slope, q", q, "(0, 1)", "0.1 accepts one false discovery in ten");
        std::vector<double> weights(static_cast<std::size_t>(size));
        double z = 0;
        for (index_t i = size; i > 0; --i)
            weights[std::size_t(i - 1)] = z = upper_quantile(double(i) * q / (2 * double(size)), z);
        return slope(std::move(weights));
    }

    /// Descending, one for each element.
    const std::vector<double>& weights() const { return weights_; }

    template <class T>
    T value(const tensor_view<const T>& x) const {
        double sum = 0;
        const auto order = decreasing(x);
        for (std::size_t i = 0; i < order.size(); ++i) sum += weights_[i] * std::abs(double(x.data[order[i]]));
        return T(sum);
    }
    /// The smallest one: elements of equal size share their weights evenly, zeros get 0.
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        const auto order = decreasing(x);
        for (std::size_t i = 0, j = 0; i < order.size(); i = j) {
            const T size = std::abs(x.data[order[i]]);
            double sum = 0;
            for (j = i; j < order.size() && !(std::abs(x.data[order[j]]) < size); ++j) sum += weights_[j];
            const double mean = sum / double(j - i);
            for (std::size_t k = i; k < j; ++k) {
                const T at = x.data[order[k]];
                result.data[order[k]] = T(at > T(0) ? mean : at < T(0) ? -mean : 0.0);
            }
        }
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        if (t == T(0)) return;
        const auto order = decreasing(tensor_view<const T>{x.data, x.shape});
        std::vector<pool> pools; // of decreasing mean
        for (std::size_t i = 0; i < order.size(); ++i) {
            pool last{std::abs(double(x.data[order[i]])) - double(t) * weights_[i], 1};
            while (!pools.empty() && pools.back().mean() <= last.mean()) {
                last = {pools.back().sum + last.sum, pools.back().size + last.size};
                pools.pop_back();
            }
            pools.push_back(last);
        }
        std::size_t i = 0;
        for (const pool& p : pools)
            for (std::size_t end = i + p.size; i < end; ++i) {
                T& at = x.data[order[i]];
                at = T(std::copysign(std::max(p.mean(), 0.0), double(at)));
            }
    }

    void validate(const tensor_shape& shape) const {
        if (index_t(weights_.size()) != shape.size())
            refuse("slope, number of weights", weights_.size(),
                   "the size of the tensor, " + std::to_string(shape.size()),
                   "give one weight per element; benjamini_hochberg(size, q) makes them");
    }

  private:
    /// Neighbours in the order of size that get the same result.
    struct pool {
        double sum;
        std::size_t size;
        double mean() const { return sum / double(size); }
    };

    /// The elements from the largest to the smallest absolute value.
    template <class T>
    static std::vector<index_t> decreasing(const tensor_view<const T>& x) {
        std::vector<index_t> order(static_cast<std::size_t>(x.size()));
        std::iota(order.begin(), order.end(), index_t(0));
        std::sort(order.begin(), order.end(),
                  [&](index_t a, index_t b) { return std::abs(x.data[a]) > std::abs(x.data[b]); });
        return order;
    }

    /// z >= start with P(N(0, 1) > z) = p. The tail is convex for z >= 0, so Newton's steps from the left
    /// stay on the left and cannot overshoot.
    static double upper_quantile(double p, double start) {
        double z = start;
        for (int i = 0; i < 100; ++i) {
            const double tail = std::erfc(z / std::sqrt(2.0)) / 2;
            const double density = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846);
            const double step = (tail - p) / density;
            if (!(step > 1e-15 * (1 + z))) break;
            z += step;
        }
        return z;
    }

    std::vector<double> weights_;
};

} // namespace bregman
