#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/concepts.hpp>
#include <bregman/operators/linear_operator.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/located.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/step/by_kind.hpp>

namespace bregman {

/// F(x) = lambda J(x) + ||x||^2 / (2 delta) and what the dual of min F(x), A x = b needs of it:
///
///     x(z)   = grad F^*(z) = prox_{delta lambda J}(delta z)         l1: delta shrink(z, lambda)
///     F^*(z) = <x, z> - F(x)  at x = x(z)
///
/// J is element-wise, grouped or a regularizer of the whole tensor; `shape` is the tensor that x stands for,
/// a vector where it is empty.
template <class T, class Regularizer = l1>
struct primal_map {
    static_assert(contract::any_regularizer<Regularizer, T>,
                  "bregman: the regularizer of a solver is element-wise, grouped or of the whole tensor; "
                  "see docs/concepts/regularizer.md");

    Regularizer regularizer;
    tensor_shape shape;
    T lambda = 1;
    T delta = 1;

    void operator()(const dense_vector<T>& z, dense_vector<T>& x) const {
        const T t = delta * lambda;
        if constexpr (std::is_same_v<Regularizer, l1>) {
            x = delta * (z - z.cwiseMax(-lambda).cwiseMin(lambda));
        } else {
            x = delta * z;
            by_kind<T>(
                regularizer, true,
                [&](const auto& r) {
                    for (index_t i = 0; i < x.size(); ++i) x[i] = at(r, i).prox(x[i], t);
                },
                [&](const auto& r) {
                    for_each_group(r, x, [&](auto&& group) {
                        for (auto& value : group) value = part_within(r).prox(value, t);
                        group *= r.group_prox(group.norm(), T(group.size()), t);
                    });
                },
                [&](const auto& r) {
                    r.prox(tensor_view<T>{x.data(), shape_of(x.size())}, t);
                });
        }
    }

    /// J(x).
    T value(const dense_vector<T>& x) const {
        T sum = 0;
        if constexpr (std::is_same_v<Regularizer, l1>)
            sum = x.template lpNorm<1>();
        else
            by_kind<T>(
                regularizer, true,
                [&](const auto& r) {
                    for (index_t i = 0; i < x.size(); ++i) sum += at(r, i).value(x[i]);
                },
                [&](const auto& r) {
                    for_each_group(r, x, [&](auto&& group) {
                        for (const auto& value : group) sum += part_within(r).value(value);
                        sum += r.group_value(group.norm(), T(group.size()));
                    });
                },
                [&](const auto& r) {
                    sum = r.value(tensor_view<const T>{x.data(), shape_of(x.size())});
                });
        return sum;
    }

    /// Checks that `shape` is one of `unknowns` elements and that the regularizer fits it.
    void validate(index_t unknowns) const {
        const tensor_shape whole = shape_of(unknowns);
        require(whole.size() == unknowns, "size of shape", whole.size(), "the columns of A",
                "pass the extents of the tensor that x stands for");
        if constexpr (requires { regularizer.validate(); }) regularizer.validate();
        if constexpr (requires { regularizer.validate(whole); }) regularizer.validate(whole);
    }

    /// F(x).
    T objective(const dense_vector<T>& x) const { return lambda * value(x) + x.squaredNorm() / (2 * delta); }

    /// F^*(z), given x = x(z).
    T conjugate(const dense_vector<T>& z, const dense_vector<T>& x) const {
        if constexpr (std::is_same_v<Regularizer, l1>)
            return x.squaredNorm() / (2 * delta); // what the line below is for every norm, without cancellation
        else
            return x.dot(z) - objective(x);
    }

    /// How far z is from lambda dJ(x) + x / delta, in units of lambda: ||x - x(z)||_inf / (delta lambda).
    /// For l1 that is | |z_i| - lambda | beyond its bounds, on and off the support.
    T stationarity(const dense_vector<T>& z, const dense_vector<T>& x) const {
        dense_vector<T> expected;
        (*this)(z, expected);
        return (x - expected).template lpNorm<Eigen::Infinity>() / (delta * lambda);
    }

  private:
    tensor_shape shape_of(index_t unknowns) const {
        tensor_shape whole = shape;
        if (whole.extents.empty()) whole.extents = {unknowns};
        return whole;
    }

    /// An element-wise regularizer as it is at element i.
    template <class R>
    static decltype(auto) at(const R& r, index_t i) {
        return located_at(r, element_access<T>{i});
    }

    template <class R, class Vector, class Work>
    void for_each_group(const R& r, Vector& x, const Work& work) const {
        using strided = Eigen::InnerStride<>;
        using plain = std::conditional_t<std::is_const_v<Vector>, const dense_vector<T>, dense_vector<T>>;
        const group_layout groups = r.groups(shape_of(x.size()));
        for (index_t g = 0; g < groups.groups(); ++g)
            work(Eigen::Map<plain, 0, strided>(x.data() + groups.at(g, 0), groups.size, strided(groups.inner)));
    }
};

/// argmin over t >= 0 of F^*(z - t w) + t beta, for l1, where the derivative is piecewise linear:
///
///     phi'(t) = beta - delta <w, shrink(z - t w, lambda)>
///
/// Its kinks are taken in ascending order from a heap until phi' changes sign: O(n log n) at worst (Lorenz,
/// Schoepfer, Wenger 2014). Infinity when phi decreases for ever, 0 when it does not decrease at all.
template <class T>
T exact_step(const dense_vector<T>& z, const dense_vector<T>& w, T lambda, T delta, T beta) {
    struct kink {
        T at, change;
        bool operator<(const kink& other) const { return at > other.at; } // a heap with the first on top
    };
    T value = beta, slope = 0;
    std::vector<kink> kinks;
    for (index_t i = 0; i < z.size(); ++i) {
        if (w[i] == T(0)) continue;
        const T gain = delta * w[i] * w[i];
        value -= delta * w[i] * shrink(z[i], lambda);
        T enter = (z[i] - lambda) / w[i],
          leave = (z[i] + lambda) / w[i]; // |z_i - t w_i| <= lambda in between
        if (enter > leave) std::swap(enter, leave);
        if (enter > T(0) || leave <= T(0)) slope += gain;
        if (enter > T(0)) kinks.push_back({enter, -gain});
        if (leave > T(0)) kinks.push_back({leave, gain});
    }
    if (value >= T(0)) return 0;
    std::make_heap(kinks.begin(), kinks.end());
    T t = 0;
    for (; !kinks.empty(); kinks.pop_back()) {
        std::pop_heap(kinks.begin(), kinks.end());
        const auto [at, change] = kinks.back();
        const T next = value + slope * (at - t);
        if (next >= T(0)) return t - value / slope;
        value = next;
        t = at;
        slope += change;
    }
    return slope > T(0) ? t - value / slope : infinity_of<T>();
}

/// The same for any regularizer: phi' is monotone, and its zero is bracketed from `guess` by doubling and
/// then found by regula falsi (Illinois) to 1e-3 of phi'(0).
template <class T, class Regularizer>
T exact_step(const primal_map<T, Regularizer>& primal, const dense_vector<T>& z, const dense_vector<T>& w, T beta,
             T guess) {
    if constexpr (std::is_same_v<Regularizer, l1>) {
        return exact_step(z, w, primal.lambda, primal.delta, beta);
    } else {
        dense_vector<T> trial, x;
        auto slope_at = [&](T t) {
            trial = z - t * w;
            primal(trial, x);
            return beta - w.dot(x);
        };
        T low = 0, at_low = slope_at(0);
        if (!(at_low < T(0))) return 0;
        const T enough = T(1e-3) * -at_low;
        T high = guess, at_high = slope_at(high);
        for (int doublings = 0; at_high < T(0); ++doublings) {
            if (doublings == 60) return infinity_of<T>();
            low = high, at_low = at_high;
            high *= 2, at_high = slope_at(high);
        }
        if (at_high <= enough) return high;
        int kept = 0; // how often in a row the same end has stayed: its value is then halved
        for (int i = 0; i < 60; ++i) {
            const T t = low + (high - low) * at_low / (at_low - at_high);
            const T at_t = slope_at(t);
            if (std::abs(at_t) <= enough) return t;
            if (at_t < T(0)) {
                low = t, at_low = at_t;
                kept = std::max(kept, 0) + 1;
                if (kept > 1) at_high /= 2;
            } else {
                high = t, at_high = at_t;
                kept = std::min(kept, 0) - 1;
                if (kept < -1) at_low /= 2;
            }
        }
        return high;
    }
}

} // namespace bregman
