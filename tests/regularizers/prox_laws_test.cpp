// What makes a proximal operator a proximal operator, for every regularizer and without knowing its formula.
#include <algorithm>

#include <bregman/backends/cpu/access.hpp>
#include <bregman/backends/cpu/lane.hpp>

#include "regularizers/all_regularizers.hpp"
#include "regularizers/tensor_prox.hpp"
#include "support/checks.hpp"
#include "support/decompositions.hpp"
#include "support/eigen_svd.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using point = std::vector<double>;

/// Points where things happen: random ones of several scales, zero, one with zeros in it, one with equal sizes.
std::vector<point> points() {
    std::vector<point> all;
    for (double scale : {0.1, 1.0, 10.0})
        for (std::uint64_t seed = 0; seed < 6; ++seed) all.push_back(normal_values<double>(law_size, seed, scale));
    all.push_back(point(law_size, 0.0));
    all.push_back({1, 0, 0, 0, 0, -1});
    all.push_back({1, -1, 1, 1, -1, -2});
    return all;
}

/// Points where j is finite: the above, where they are, and their images under prox.
template <class Function>
std::vector<point> domain(const Function& j) {
    std::vector<point> all;
    for (const point& x : points()) {
        if (std::isfinite(j.value(x))) all.push_back(x);
        all.push_back(j.prox(x, 0.3));
    }
    return all;
}

double dot(const point& a, const point& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
point difference(point a, const point& b, double scale = 1) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = (a[i] - b[i]) * scale;
    return a;
}

/// The least J(u) - J(x) - p (u - x) over some u: not negative exactly when p may be a subgradient of J at x.
template <class Function>
double smallest_gap(const Function& j, const point& p, const point& x, double weight, const std::vector<point>& us) {
    double smallest = std::numeric_limits<double>::infinity();
    const double at_x = j.value(x);
    for (const point& u : us) smallest = std::min(smallest, weight * (j.value(u) - at_x) - dot(p, difference(u, x)));
    return smallest;
}

/// Central differences of f along each axis.
template <class F>
point slopes(const F& f, const point& x) {
    const double h = finite_difference_step;
    point result;
    for (std::size_t i = 0; i < x.size(); ++i) {
        point above = x, below = x;
        above[i] += h, below[i] -= h;
        result.push_back((f(above) - f(below)) / (2 * h));
    }
    return result;
}

constexpr double prox_weights[] = {0, 0.05, 0.5, 2};

} // namespace

BOOST_AUTO_TEST_SUITE(prox_laws)

BOOST_AUTO_TEST_CASE(the_step_solves_its_inclusion) {
    for_each_regularizer([](const auto& j) {
        const auto candidates = domain(j);
        for (double delta : {0.5, 2.0})
            for (double lambda : prox_weights)
                for (const point& v : points()) {
                    const point theta = j.primal(v, lambda, delta);
                    point scaled = theta;
                    for (double& x : scaled) x /= delta;
                    BOOST_TEST(smallest_gap(j, difference(v, scaled), theta, lambda, candidates) >= -1e-10);
                }
    });
}

BOOST_AUTO_TEST_CASE(prox_is_firmly_non_expansive) {
    for_each_regularizer([](const auto& j) {
        for (double t : prox_weights) {
            double worst = 0;
            for (const point& x : points())
                for (const point& y : points()) {
                    const point moved = difference(j.prox(x, t), j.prox(y, t));
                    worst = std::max(worst, dot(moved, moved) - dot(difference(x, y), moved));
                }
            BOOST_TEST(worst <= 1e-10);
        }
    });
}

BOOST_AUTO_TEST_CASE(prox_without_weight_keeps_points_of_the_domain) {
    for_each_regularizer([](const auto& j) {
        for (const point& x : domain(j)) check_close(j.prox(x, 0), x, tolerance<double>::rounding);
    });
}

BOOST_AUTO_TEST_CASE(penalties_without_weight_are_the_identity) {
    for_each_regularizer([](const auto& j) {
        for (const point& x : points())
            if (std::isfinite(j.value(x))) check_close(j.prox(x, 0), x, 0);
    });
}

BOOST_AUTO_TEST_CASE(prox_leads_to_zero_at_the_critical_weight) {
    int with_critical_lambda = 0;
    for_each_regularizer([&]<class J>(const J& j) {
        if constexpr (has_critical_lambda<decltype(j.regularizer), double>) {
            ++with_critical_lambda;
            for (const point& x : points()) {
                const point critical = j.critical(x);
                for (index_t i = 0; i < law_size; ++i) {
                    if (critical[i] > 1e30) continue; // a weight of 0: no lambda reaches it
                    BOOST_TEST(j.prox(x, critical[i] * (1 + 1e-12))[i] == 0.0);
                    if (critical[i] > 0 && x[i] != 0) BOOST_TEST(j.prox(x, critical[i] * (1 - 1e-12))[i] != 0.0);
                }
            }
        }
    });
    BOOST_TEST(with_critical_lambda == 7);
}

// Not a constant more: the solvers' certificates compare J itself.
BOOST_AUTO_TEST_CASE(the_least_value_is_zero_and_prox_with_a_large_weight_has_it) {
    for_each_regularizer([](const auto& j) {
        for (const point& x : points()) {
            BOOST_TEST(j.value(x) >= 0);
            BOOST_TEST(j.value(j.prox(x, 1e6)) <= 1e-10);
        }
    });
}

BOOST_AUTO_TEST_CASE(subgradients_support_the_function) {
    for_each_regularizer([](const auto& j) {
        const auto candidates = domain(j);
        for (const point& x : candidates) BOOST_TEST(smallest_gap(j, j.subgradient(x), x, 1, candidates) >= -1e-10);
        check_close(j.subgradient(point(law_size, 0.0)), point(law_size, 0.0), 0);
    });
}

// (x - prox(x, t)) / t tends to the smallest element of the subdifferential as t falls to 0.
BOOST_AUTO_TEST_CASE(the_subgradient_is_the_smallest) {
    const double t = 1e-6;
    for_each_regularizer([=](const auto& j) {
        for (const point& x : points())
            if (std::isfinite(j.value(x))) check_close(difference(x, j.prox(x, t), 1 / t), j.subgradient(x), 1e-4);
    });
}

// The Moreau envelope t J(p) + |p - x|^2 / 2, p = prox(x), has the gradient x - p.
BOOST_AUTO_TEST_CASE(moreau_envelope_has_the_gradient_that_prox_says) {
    for_each_regularizer([](const auto& j) {
        const double t = 0.5;
        const auto envelope = [&](const point& x) {
            const point p = j.prox(x, t), d = difference(x, p);
            return t * j.value(p) + dot(d, d) / 2;
        };
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            const point x = normal_values<double>(law_size, seed);
            check_close(slopes(envelope, x), difference(x, j.prox(x, t)), finite_difference_tolerance * 10);
        }
    });
}

// theta = grad (phi + lambda J)^*(v), the definition of the primal step.
BOOST_AUTO_TEST_CASE(primal_step_is_the_gradient_of_the_conjugate) {
    for_each_regularizer([](const auto& j) {
        const double lambda = 0.5, delta = 2;
        const auto conjugate = [&](const point& v) {
            const point theta = j.primal(v, lambda, delta);
            return dot(v, theta) - dot(theta, theta) / (2 * delta) - lambda * j.value(theta);
        };
        for (std::uint64_t seed = 20; seed < 30; ++seed) {
            const point v = normal_values<double>(law_size, seed);
            check_close(slopes(conjugate, v), j.primal(v, lambda, delta), finite_difference_tolerance * 10);
        }
    });
}

BOOST_AUTO_TEST_CASE(float_is_double_rounded) {
    const auto in_double = all_regularizers<double>();
    const auto in_float = all_regularizers<float>();
    const auto compare = [](const auto& wide, const auto& narrow) {
        for (const point& x : points()) {
            const std::vector<float> rounded(x.begin(), x.end());
            const point same(rounded.begin(), rounded.end());
            BOOST_TEST_CONTEXT(wide.name()) {
                check_close(narrow.prox(rounded, 0.4f), wide.prox(same, double(0.4f)), 40 * tolerance<float>::rounding);
                check_close(narrow.subgradient(rounded), wide.subgradient(same), 4 * tolerance<float>::rounding);
                if (std::isfinite(wide.value(same)))
                    BOOST_TEST(std::abs(narrow.value(rounded) - wide.value(same)) <=
                               4 * tolerance<float>::rounding * (1 + wide.value(same)));
            }
        }
    };
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        (compare(std::get<i>(in_double), std::get<i>(in_float)), ...);
    }(std::make_index_sequence<std::tuple_size_v<decltype(in_double)>>{});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_have_the_bits_of_scalars, T, scalars) {
    int elementwise = 0;
    for_each_regularizer<T>([&]<class J>(const J& j) {
        using R = decltype(j.regularizer);
        if constexpr (elementwise_regularizer<R, T>) {
            ++elementwise;
            constexpr index_t width = lane<T>::width;
            const auto x = normal_values<T>(width, 3, 2);
            const T t = T(0.3);
            const lane<T> values = lane<T>::load(x.data());
            const auto policy = located_at(j.regularizer, lane_access<T>{0});
            const lane<T> prox = policy.prox(values, t), slope = policy.subgradient(values);
            for (int i = 0; i < width; ++i) {
                const auto alone = located_at(j.regularizer, element_access<T>{i});
                BOOST_TEST(same_bits(prox[i], alone.prox(x[std::size_t(i)], t)));
                BOOST_TEST(same_bits(slope[i], alone.subgradient(x[std::size_t(i)])));
            }
        }
    });
    BOOST_TEST(elementwise == 7);
}

BOOST_AUTO_TEST_CASE(a_tiny_group_survives_a_weight_of_zero_in_float) {
    // The squares underflow; without a weight the factor must still be 1.
    BOOST_TEST(group_rows{}.group_prox(0.0f, 2.0f, 0.0f) == 1.0f);
}

BOOST_AUTO_TEST_SUITE_END()

// Here, because each translation unit with a singular value decomposition takes long to compile.
BOOST_AUTO_TEST_SUITE(nuclear_norm)

// x = prox(V) exactly when V - X has no singular value above t and <V - X, X> = t ||X||_*.
BOOST_AUTO_TEST_CASE_TEMPLATE(nuclear_has_its_dual_certificate, T, scalars) {
    for (const auto& [rows, columns] : std::vector<std::pair<index_t, index_t>>{{7, 20}, {20, 7}, {1, 5}, {40, 40}}) {
        const auto values = normal_values<T>(rows * columns, 10);
        for (double t : {0.5, 3.0, 100.0}) {
            const auto x = tensor_prox(nuclear{}, values, t, {{rows, columns}, storage_order::column_major});
            using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
            const Eigen::MatrixXd X = Eigen::Map<const matrix>(x.data(), rows, columns).template cast<double>();
            const Eigen::MatrixXd V = Eigen::Map<const matrix>(values.data(), rows, columns).template cast<double>();
            const Eigen::VectorXd before = singular_values(V), after = singular_values(X);
            const double rounding = 40 * tolerance<T>::rounding;
            BOOST_TEST(singular_values(V - X)[0] <= t + rounding);
            BOOST_TEST(std::abs((V - X).cwiseProduct(X).sum() - t * after.sum()) <= rounding * (1 + t * after.sum()));
            for (index_t i = 0; i < std::min(rows, columns); ++i)
                BOOST_TEST(std::abs(after[i] - std::max(before[i] - t, 0.0)) <= rounding);
            if (t == 100) BOOST_TEST(std::all_of(x.begin(), x.end(), [](T e) { return e == T(0); }));
        }
    }
}

BOOST_AUTO_TEST_CASE(nuclear_takes_the_first_index_against_all_others) {
    const auto values = normal_values<double>(24, 11);
    const auto matrix = tensor_prox(nuclear{}, values, 0.5, {{2, 12}});
    check_close(tensor_prox(nuclear{}, values, 0.5, {{2, 3, 4}}), matrix, 0);
    check_close(tensor_prox(nuclear{}, values, 0.5, {{3, 4, 2}, storage_order::column_major}), matrix,
                tolerance<double>::rounding * 10); // the same numbers, transposed
    const auto group =
        tensor_prox(group_indices({{0, 1, 2, 3}}), std::vector<double>{3, 0, 4, 0}, 0.5); // sqrt(4) * 0.5
    check_close(tensor_prox(nuclear{}, std::vector<double>{3, 0, 4, 0}, 1), group, tolerance<double>::rounding);
}

BOOST_AUTO_TEST_CASE(nuclear_of_what_is_not_finite_is_not_a_number) {
    const auto x = tensor_prox(nuclear{}, std::vector<float>{1, NAN, 0, 2}, 0.5, {{2, 2}});
    BOOST_TEST(std::all_of(x.begin(), x.end(), [](float e) { return std::isnan(e); }));
}

BOOST_AUTO_TEST_CASE(nuclear_leaves_tensors_without_elements_alone) {
    const tensor_view<double> nothing{nullptr, {{3, 0}}};
    nuclear{}.prox(nothing, 1.0);
    nuclear{}.subgradient(tensor_view<const double>{nullptr, {{3, 0}}}, nothing);
    BOOST_TEST(nuclear{}.value(tensor_view<const double>{nullptr, {{3, 0}}}) == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
