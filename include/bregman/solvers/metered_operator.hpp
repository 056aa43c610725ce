#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>
#include <bregman/operators/norm.hpp>

namespace bregman {

/// An operator that counts the work done with it in pairs (one A x and one A^T y make 1), and that takes A x
/// from the columns of the support where x is sparse and the operator can.
template <class A, class T>
class metered_operator {
    static constexpr bool fits = linear_operator<A, T>;

  public:
    explicit metered_operator(const A& a) : a_(a) {
        static_assert(fits, "bregman: a linear operator needs `index rows() const`, `index cols() const`, "
                            "`void apply(const dense_vector<T>& x, dense_vector<T>& y) const` and "
                            "`void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const`, with "
                            "the scalar type T of b; see docs/solvers/operators.md");
    }

    index_t rows() const { return a_.rows(); }
    index_t cols() const { return a_.cols(); }
    const A& get() const { return a_; }
    double pairs() const { return pairs_; }
    void add_pairs(double pairs) { pairs_ += pairs; }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) {
        if constexpr (!fits) return; // the static_assert is the only error
        if constexpr (has_apply_on_support<A, T>) {
            support_ = support_of(x);
            if (3 * index_t(support_.size()) < cols()) {
                a_.apply_on_support(x, support_, y);
                pairs_ += 0.5 * double(support_.size()) / double(cols());
                return;
            }
        }
        if constexpr (fits) a_.apply(x, y);
        pairs_ += 0.5;
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) {
        if constexpr (fits) a_.apply_transposed(y, x);
        pairs_ += 0.5;
    }
    /// residual = A x - b.
    void residual(const dense_vector<T>& x, const dense_vector<T>& b, dense_vector<T>& residual) {
        apply(x, residual);
        residual -= b;
    }
    /// residual = A x - b, gradient = A^T residual.
    void normal(const dense_vector<T>& x, const dense_vector<T>& b, dense_vector<T>& residual,
                dense_vector<T>& gradient) {
        if constexpr (fits) bregman::normal(a_, x, b, residual, gradient);
        pairs_ += 1;
    }
    /// ||A||^2, which a step size needs to three digits; `known` where the user has it.
    real_of<T> norm_squared(double known) {
        if (known > 0) return real_of<T>(known);
        if constexpr (fits)
            return bregman::norm_squared<T>(a_, 100, real_of<T>(1e-4), &pairs_) * real_of<T>(1.001);
        else
            return 0;
    }

  private:
    const A& a_;
    double pairs_ = 0;
    std::vector<index_t> support_;
};

/// Checks the shapes and the numbers of A x = b and returns A^T b: with b finite, it is not finite exactly
/// when an entry of A is not (or when the product overflows). `squares_count` says that the solver needs ||b||^2.
template <class T, class A>
dense_vector<T> checked_transposed_data(metered_operator<A, T>& a, const dense_vector<T>& b,
                                        bool squares_count = true) {
    require(a.rows() >= 1, "rows of A", a.rows(), ">= 1", "there must be a measurement");
    require(a.cols() >= 1, "columns of A", a.cols(), ">= 1", "there must be an unknown");
    require(b.size() == a.rows(), "size of b", b.size(), "the rows of A", "pass one measurement per row of A");
    for (index_t i = 0; i < b.size(); ++i)
        require(is_finite(b[i]), "b", b[i], "finite numbers", "remove this measurement and its row");
    using real = real_of<T>;
    const real largest = b.template lpNorm<Eigen::Infinity>();
    require(!squares_count || largest == real(0) ||
                (largest > 1000 * std::sqrt(std::numeric_limits<real>::min()) && is_finite(b.squaredNorm())),
            "largest |b|", largest, "0, or numbers whose squares are numbers of their type",
            "multiply b by a power of ten, and x comes out multiplied by it");
    dense_vector<T> gradient;
    a.apply_transposed(b, gradient);
    for (index_t j = 0; j < gradient.size(); ++j)
        require(is_finite(gradient[j]), "A^T b", gradient[j], "finite numbers",
                "A has an entry that is NaN or infinite, or its entries overflow: look at that column");
    return gradient;
}

/// Checks a warm start: empty, or `size` finite numbers.
template <class T>
void require_start(const dense_vector<T>& start, index_t size, const char* name) {
    require(start.size() == 0 || start.size() == size, name, start.size(),
            "nothing, or as many numbers as the solver's variable has", "pass what an earlier result holds");
    require(all_finite(start), name, "NaN or infinite", "finite numbers", "pass what an earlier result holds");
}

} // namespace bregman
