// The regularizers of whole tensors but nuclear (prox_laws_test.cpp) on sizes where something can go wrong: optimality by certificate, a second
// computation where one is short, refusals.
#include <algorithm>
#include <numeric>

#include <bregman/regularizers/group_indices.hpp>
#include <bregman/regularizers/n_of_m.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/slope.hpp>
#include <bregman/regularizers/total_variation.hpp>

#include "regularizers/as_function.hpp"
#include "regularizers/tensor_prox.hpp"
#include "support/checks.hpp"
#include "support/eigen_svd.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// A piecewise constant signal of n elements with noise.
template <class T>
std::vector<T> noisy_steps(index_t n) {
    auto signal = normal_values<T>(n, 5, 0.3);
    for (index_t i = 0; i < n; ++i) signal[std::size_t(i)] += T((i / 37) % 5);
    return signal;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tensor_regularizers)

// x = prox(y) exactly when y - x = D^T z with |z| <= t, and z = t sign(jump) wherever x jumps.
BOOST_AUTO_TEST_CASE_TEMPLATE(total_variation_has_its_dual_certificate, T, scalars) {
    for (index_t n : {1, 2, 3, 50, 3000})
        for (double t : {1e-3, 0.2, 3.0, 1e4}) {
            const auto y = noisy_steps<T>(n);
            const auto x = tensor_prox(total_variation{}, y, t);
            const double rounding = tolerance<T>::rounding * double(n) * 2;
            double z = 0, excess = 0, at_jumps = 0;
            for (index_t i = 0; i < n; ++i) {
                z -= double(y[i]) - double(x[i]); // z_i = the sum of x - y up to i
                excess = std::max(excess, std::abs(z) - t);
                if (i + 1 < n && x[i + 1] != x[i])
                    at_jumps = std::max(at_jumps, std::abs(z - (x[i + 1] > x[i] ? t : -t)));
            }
            BOOST_TEST(excess <= rounding);
            BOOST_TEST(at_jumps <= rounding);
            BOOST_TEST(std::abs(z) <= rounding); // the mean stays
        }
}

BOOST_AUTO_TEST_CASE(total_variation_leaves_a_constant_alone_and_ends_in_one) {
    const std::vector<float> constant(1000, 0.1f);
    BOOST_TEST(same_bits(tensor_prox(total_variation{}, constant, 0.7), constant));
    const auto flat = tensor_prox(total_variation{}, noisy_steps<float>(1000), 1e6);
    BOOST_TEST(std::all_of(flat.begin(), flat.end(), [&](float x) { return x == flat[0]; }));
}

BOOST_AUTO_TEST_CASE(total_variation_takes_each_contiguous_line_for_a_signal) {
    const auto y = noisy_steps<double>(12);
    const auto rows = tensor_prox(total_variation{}, y, 0.2, {{3, 4}});
    const auto columns = tensor_prox(total_variation{}, y, 0.2, {{4, 3}, storage_order::column_major});
    BOOST_TEST(same_bits(rows, columns));
    for (int r = 0; r < 3; ++r) {
        const auto line =
            tensor_prox(total_variation{}, std::vector<double>(y.begin() + 4 * r, y.begin() + 4 * r + 4), 0.2);
        BOOST_TEST(same_bits(line, std::vector<double>(rows.begin() + 4 * r, rows.begin() + 4 * r + 4)));
    }
}

// The dual norm's ball: x = prox(v) exactly when the k largest |v - x| add up to at most t (w_1 + ... + w_k) for every
// k, and <v - x, x> = t J(x).
BOOST_AUTO_TEST_CASE_TEMPLATE(slope_has_its_dual_certificate, T, scalars) {
    const index_t n = 500;
    for (const slope& j : {slope::benjamini_hochberg(n, 0.1), slope(std::vector<double>(std::size_t(n), 1.0))})
        for (double t : {0.01, 0.3, 1.0}) {
            const auto v = normal_values<T>(n, 8, 2);
            const auto x = tensor_prox(j, v, t);
            std::vector<double> residual;
            double inner = 0, value = 0;
            for (index_t i = 0; i < n; ++i) {
                residual.push_back(std::abs(double(v[i]) - double(x[i])));
                inner += (double(v[i]) - double(x[i])) * double(x[i]);
            }
            std::sort(residual.begin(), residual.end(), std::greater<>());
            std::vector<double> sizes;
            for (T e : x) sizes.push_back(std::abs(double(e)));
            std::sort(sizes.begin(), sizes.end(), std::greater<>());
            double sum = 0, allowed = 0, excess = 0;
            for (index_t i = 0; i < n; ++i) {
                sum += residual[i], allowed += t * j.weights()[i];
                excess = std::max(excess, sum - allowed);
                value += j.weights()[i] * sizes[i];
            }
            BOOST_TEST(excess <= tolerance<T>::rounding * n);
            BOOST_TEST(std::abs(inner - t * value) <= tolerance<T>::rounding * n * (1 + t * value));
        }
}

BOOST_AUTO_TEST_CASE(slope_with_equal_weights_is_l1) {
    const auto v = normal_values<double>(100, 9);
    auto expected = v;
    for (double& x : expected) x = shrink(x, 0.6);
    check_close(tensor_prox(slope(std::vector<double>(100, 2)), v, 0.3), expected, tolerance<double>::rounding);
}

BOOST_AUTO_TEST_CASE(benjamini_hochberg_weights_are_quantiles) {
    const double q = 0.2;
    const index_t n = 1000;
    const auto weights = slope::benjamini_hochberg(n, q).weights();
    for (index_t i = 1; i <= n; ++i) {
        const double p = double(i) * q / (2 * double(n));
        BOOST_TEST(std::abs(std::erfc(weights[i - 1] / std::sqrt(2.0)) / 2 - p) <= 1e-12 * p + 1e-16);
    }
    BOOST_TEST(std::abs(slope::benjamini_hochberg(1, 0.05).weights()[0] - 1.959963984540054) < 1e-12);
    BOOST_TEST(std::is_sorted(weights.rbegin(), weights.rend()));
}

// KKT of the projection: x = max(v - mu, 0) for one mu, and the sum.
// Elements of any size: the sum is not lost beside them.
BOOST_AUTO_TEST_CASE(simplex_projection_of_large_elements) {
    for (const double size : {1.0, 1e8, 1e16, 1e100, -1e16, -1e100}) {
        const auto x = tensor_prox(simplex{}, std::vector<double>{size, size, -2 * std::abs(size) - 5}, 1);
        check_close(x, std::vector{0.5, 0.5, 0.0}, 1e-15);
        check_close(tensor_prox(simplex{.sum = 3}, std::vector<double>{size}, 1), std::vector{3.0}, 1e-15);
        check_close(tensor_prox(simplex{}, std::vector<double>{size, 3 * std::abs(size) + 2}, 1), std::vector{0.0, 1.0},
                    1e-15);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(simplex_projection_is_a_shift_and_a_cut, T, scalars) {
    for (double sum : {1.0, 100.0})
        for (index_t n : {1, 2, 1000})
            for (double scale : {1e-3, 1.0, 30.0}) {
                const auto v = normal_values<T>(n, 12, scale);
                const auto x = tensor_prox(simplex{.sum = sum}, v, 1);
                double low = -INFINITY, high = INFINITY, total = 0; // bounds of mu
                for (index_t i = 0; i < n; ++i) {
                    total += x[i];
                    BOOST_TEST(x[i] >= T(0));
                    low = std::max(low, double(v[i]) - double(x[i]));
                    if (x[i] > T(0)) high = std::min(high, double(v[i]) - double(x[i]));
                }
                BOOST_TEST(low - high <= tolerance<T>::rounding * (sum + scale) * 10);
                BOOST_TEST(std::abs(total - sum) <= tolerance<T>::rounding * sum * 10);
            }
}

BOOST_AUTO_TEST_CASE(given_groups_are_rows_when_they_are_the_rows) {
    const auto v = normal_values<double>(12, 13);
    const as_function<group_rows> rows{{}, {{3, 4}}};
    const as_function<group_indices> given{group_indices({{3, 1, 2, 0}, {4, 5, 6, 7}, {8, 9, 10, 11}}), {{12}}};
    check_close(given.prox(v, 0.4), rows.prox(v, 0.4), tolerance<double>::rounding);
    check_close(given.subgradient(v), rows.subgradient(v), tolerance<double>::rounding);
    BOOST_TEST(std::abs(given.value(v) - rows.value(v)) <= 10 * tolerance<double>::rounding);
    const as_function<group_indices> some{group_indices({{1, 2}}), {{12}}};
    const auto x = some.prox(v, 100);
    for (std::size_t i = 0; i < 12; ++i) BOOST_TEST(x[i] == (i == 1 || i == 2 ? 0.0 : v[i])); // the others are free
}

BOOST_AUTO_TEST_CASE_TEMPLATE(n_of_m_keeps_the_largest_of_each_run, T, scalars) {
    for (n_of_m pattern : {n_of_m{}, n_of_m{1, 4}, n_of_m{4, 8}, n_of_m{3, 3}, n_of_m{5, 64}}) {
        const index_t size = index_t(pattern.m) * 50;
        const auto v = normal_values<T>(size, 14);
        const auto x = tensor_prox(pattern, v, 0.1);
        for (index_t first = 0; first < size; first += pattern.m) {
            T smallest_kept = T(INFINITY), largest_dropped = 0;
            int kept = 0;
            for (index_t i = first; i < first + pattern.m; ++i) {
                BOOST_TEST((x[i] == T(0) || x[i] == v[i]));
                if (x[i] != T(0))
                    ++kept, smallest_kept = std::min(smallest_kept, std::abs(v[i]));
                else
                    largest_dropped = std::max(largest_dropped, std::abs(v[i]));
            }
            BOOST_TEST(kept == pattern.n);
            BOOST_TEST(largest_dropped <= smallest_kept);
        }
        BOOST_TEST(pattern.value(tensor_view<const T>{x.data(), {{size}}}) == T(0));
        BOOST_TEST((pattern.value(tensor_view<const T>{v.data(), {{size}}}) == T(0)) == (pattern.n == pattern.m));
    }
}

BOOST_AUTO_TEST_CASE(n_of_m_keeps_the_first_of_equal_ones) {
    check_close(tensor_prox(n_of_m{}, std::vector<double>{1, -1, 1, 1, 0, 0, 0, 5}, 1),
                std::vector<double>{1, -1, 0, 0, 0, 0, 0, 5}, 0);
}

BOOST_AUTO_TEST_CASE(tensors_without_elements_are_left_alone) {
    for (const tensor_shape& shape : {tensor_shape{{0}}, tensor_shape{{0, 3}}, tensor_shape{{3, 0}}}) {
        const tensor_view<double> nothing{nullptr, shape};
        const tensor_view<const double> same{nullptr, shape};
        const auto run = [&](const auto& j) {
            j.prox(nothing, 1.0);
            j.subgradient(same, nothing);
            BOOST_TEST(j.value(same) == 0.0);
        };
        run(total_variation{}), run(slope{}), run(group_indices{}), run(n_of_m{});
    }
}

BOOST_AUTO_TEST_CASE(misuse_is_refused) {
    CHECK_REFUSES(group_indices({{0, 1}, {}}), "size of group 1 = 0; allowed: >= 1; leave empty groups out");
    CHECK_REFUSES(group_indices({{0, 1}, {1, 2}}), "index = 1; allowed: each index in at most one group");
    CHECK_REFUSES(group_indices({{0, 0}}), "index = 0; allowed: each index in at most one group");
    CHECK_REFUSES(group_indices({{0, -1}}), "index = -1; allowed: [0, size of the tensor)");
    CHECK_REFUSES(group_indices({{0, 5}}).validate({{5}}), "index = 5; allowed: [0, size of the tensor), 5 here");
    CHECK_REFUSES(slope({1, 2}), "slope, weight 1 = 2; allowed: at most the weight before it");
    CHECK_REFUSES(slope({1, -2}), "slope, weight 1 = -2; allowed: >= 0");
    CHECK_REFUSES(slope({NAN}), "slope, weight 0 = nan; allowed: >= 0, finite");
    CHECK_REFUSES(slope({1, 1}).validate({{3}}), "number of weights = 2; allowed: the size of the tensor, 3");
    CHECK_REFUSES(slope::benjamini_hochberg(5, 1), "slope, q = 1; allowed: (0, 1)");
    CHECK_REFUSES(slope::benjamini_hochberg(-5, 0.1), "slope, size = -5");
    CHECK_REFUSES(simplex{.sum = 0}.validate(), "simplex.sum = 0; allowed: > 0");
    CHECK_REFUSES(simplex{}.validate({{0, 3}}), "size of the tensor = 0; allowed: >= 1");
    CHECK_REFUSES((n_of_m{0, 4}.validate()), "n_of_m.n = 0; allowed: [1, m]");
    CHECK_REFUSES((n_of_m{2, 1}.validate()), "n_of_m.m = 1; allowed: [2, 64]");
    CHECK_REFUSES(n_of_m{}.validate({{4, 6}}), "n_of_m.m = 4; allowed: a divisor of the contiguous length, 6 here");
    CHECK_REFUSES((n_of_m{}.validate({{6, 4}, storage_order::column_major})), "contiguous length, 6 here");
    n_of_m{}.validate({{6, 4}});
    n_of_m{}.validate({{12}});
    n_of_m{}.validate({{3, 2, 2}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
