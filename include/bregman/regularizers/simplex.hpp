#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/policy/primal_step.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// J = 0 where theta >= 0 and the elements add up to `sum`, else infinite: prox is the nearest such point,
/// max(x - mu, 0) with the mu that gives the sum, whatever lambda is (Held, Wolfe, Crowder 1974). The whole
/// tensor is one simplex. sum > 0, default 1. With the mirror map `negative_entropy` the step is a softmax.
///
/// A tensor regularizer: it runs on the host, allocates and sorts, O(n log n).
struct simplex {
    static constexpr const char* name = "simplex";
    static constexpr bool ignores_lambda = true;

    double sum = 1; ///< > 0, finite: what theta adds up to

    /// The sum is compared with a tolerance for the rounding of n additions.
    template <class T>
    T value(const tensor_view<const T>& x) const {
        double total = 0;
        for (index_t i = 0; i < x.size(); ++i) {
            if (!(x.data[i] >= T(0))) return infinity_of<T>();
            total += double(x.data[i]);
        }
        const double tolerance = 4 * double(x.size()) * double(std::numeric_limits<T>::epsilon()) * sum;
        return std::abs(total - sum) <= tolerance ? T(0) : infinity_of<T>();
    }
    /// 0, the smallest element of the normal cone.
    template <class T>
    void subgradient(const tensor_view<const T>&, const tensor_view<T>& result) const {
        std::fill_n(result.data, result.size(), T(0));
    }
    template <class T>
    void prox(const tensor_view<T>& x, T) const {
        if (x.size() == 0) return;
        // A shift of all elements changes nothing. With the largest at 0 what is kept lies in (-sum, 0], where sums do not
        // lose `sum` beside elements of any size.
        const double largest = double(*std::max_element(x.data, x.data + x.size()));
        const double mu = threshold(x, largest);
        for (index_t i = 0; i < x.size(); ++i) x.data[i] = T(std::max(double(x.data[i]) - largest - mu, 0.0));
    }

    void validate() const {
        require(sum > 0 && is_finite(sum), "simplex.sum", sum, "> 0, finite", "1 is the probability simplex");
    }
    void validate(const tensor_shape& shape) const {
        validate();
        require(shape.size() > 0, "simplex, size of the tensor", shape.size(), ">= 1", "leave empty tensors out");
    }

    template <class Field>
    void visit(Field&& field) {
        field("sum", sum);
    }

  private:
    /// With the k largest elements x_(1..k) positive, mu is (x_(1) + ... + x_(k) - sum) / k; k is the last
    /// one whose x_(k) is above that. Of x - shift.
    template <class T>
    double threshold(const tensor_view<T>& x, double shift) const {
        std::vector<T> sorted(x.data, x.data + x.size());
        std::sort(sorted.begin(), sorted.end(), std::greater<T>());
        double total = 0, mu = 0;
        for (std::size_t k = 0; k < sorted.size(); ++k) {
            const double shifted = double(sorted[k]) - shift;
            total += shifted;
            const double candidate = (total - sum) / double(k + 1);
            if (!(shifted > candidate)) break;
            mu = candidate;
        }
        return mu;
    }
};

/// theta = sum * softmax(v): the multiplier of the constraint shifts v, which exp turns into a factor.
template <class Scalar>
struct primal_step<negative_entropy<Scalar>, simplex> {
    template <class V>
    BREGMAN_HOST_DEVICE BREGMAN_INLINE static V first(const negative_entropy<Scalar>&, const V& dual) {
        return dual;
    }
    template <class T>
    static void whole(const negative_entropy<Scalar>&, const simplex& regularizer, const tensor_view<T>& theta, T) {
        T* const end = theta.data + theta.size();
        const T largest = *std::max_element(theta.data, end); // exp then neither overflows nor loses all terms
        double total = 0;
        for (T* x = theta.data; x < end; ++x) total += double(*x = std::exp(*x - largest));
        for (T* x = theta.data; x < end; ++x) *x = T(regularizer.sum * double(*x) / total);
    }
};

} // namespace bregman
