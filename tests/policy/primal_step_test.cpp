#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/simplex.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

// Small policies of each kind that a user could write; the library's own have tests of their own.

struct scaled_absolute_value {
    static constexpr bool is_homogeneous = true;
    double weight = 1;
    template <class V>
    V value(const V& x) const {
        return V(weight) * abs(x);
    }
    template <class V>
    V subgradient(const V& x) const {
        return V(weight) * sign(x);
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return shrink(x, V(t) * V(weight));
    }
};

/// A weight for each element, read where the kernel is.
struct weights_by_position {
    [[maybe_unused]] static constexpr bool is_homogeneous = true;
    const double* weights;
    index_t size;

    template <class V>
    struct here {
        static constexpr bool is_homogeneous = true;
        V weight;
        V value(const V& x) const { return weight * abs(x); }
        V subgradient(const V& x) const { return weight * sign(x); }
        template <class T>
        V prox(const V& x, T t) const {
            return shrink(x, V(t) * weight);
        }
        V critical_lambda(const V& v) const { return abs(v) / weight; }
    };
    template <class Access>
    auto at(const Access& access) const {
        return here<typename Access::value>{access.load(weights)};
    }
    void validate(const tensor_shape& shape) const {
        require(shape.size() == size, "number of weights", size, "the size of the tensor", "give one weight each");
    }
};

/// A delta for each element.
struct delta_by_position {
    const double* deltas;
    index_t size = 37;
    void validate(const tensor_shape& shape) const {
        require(shape.size() == size, "number of deltas", size, "the size of the tensor", "give one delta each");
    }
    template <class Access>
    auto at(const Access& access) const {
        using V = typename Access::value;
        return euclidean<V>{access.load(deltas)};
    }
};

struct cubic_potential { // phi = |x|^3 / 3
    static constexpr bool is_even = true;
    template <class V>
    V to_dual(const V& x) const {
        return x * abs(x);
    }
    template <class V>
    V to_primal(const V& v) const {
        return sign(v) * sqrt(abs(v));
    }
};
struct entropy {
    static constexpr bool is_positive = true;
    template <class V>
    V to_dual(const V& x) const {
        return log(x);
    }
    template <class V>
    V to_primal(const V& v) const {
        return exp(v);
    }
};
struct unit_interval {
    static constexpr bool is_interval = true;
    template <class V>
    V value(const V&) const {
        return V(0);
    }
    template <class V>
    V subgradient(const V&) const {
        return V(0);
    }
    template <class V, class T>
    V prox(const V& x, T) const {
        return clamp(x, V(0), V(1));
    }
};

/// ||x||_2 of a tensor as a whole: what group_rows is for a tensor of one row, but for the factor sqrt(n).
struct norm_of_tensor {
    template <class T>
    T value(const tensor_view<const T>& x) const {
        return norm(x.data, x.size());
    }
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        const T length = value(x);
        for (index_t i = 0; i < x.size(); ++i) result.data[i] = length > 0 ? x.data[i] / length : T(0);
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        const T length = norm(x.data, x.size());
        for (index_t i = 0; i < x.size(); ++i) x.data[i] *= length > t ? 1 - t / length : T(0);
    }

  private:
    template <class T>
    static T norm(const T* x, index_t n) {
        T squares = 0;
        for (index_t i = 0; i < n; ++i) squares += x[i] * x[i];
        return sqrt(squares);
    }
};

/// l1 within rows, beside the norm of the rows.
struct rows_and_elements : group_rows {
    using of_single_elements = void;
    l1 within() const { return {}; }
};

template <class Mirror, class Regularizer, class Direction = gradient>
using method_of = optimizer<Direction, Mirror, Regularizer, fixed_law, eigen_backend<double>>;

template <class Method, class Regularizer>
std::vector<double> steps(Method& method, std::vector<double> theta, const Regularizer& regularizer, std::uint64_t seed,
                          int n = 5, tensor_shape shape = {}) {
    if (shape.extents.empty()) shape.extents = {index_t(theta.size())};
    std::vector<double> gradient(theta.size());
    parameter_list<double, Regularizer> parameters;
    parameters.add_group({.regularizer = regularizer});
    parameters.add_view(theta.data(), gradient.data(), shape);
    for (int k = 0; k < n; ++k) {
        std::ranges::copy(normal_values<double>(index_t(theta.size()), seed + std::uint64_t(k)), gradient.begin());
        method.step(parameters);
    }
    return theta;
}

} // namespace

BOOST_AUTO_TEST_SUITE(primal_steps)

BOOST_AUTO_TEST_CASE(pairs_without_a_closed_form_are_known) {
    BOOST_TEST((has_closed_form<euclidean<float>, l1>));
    BOOST_TEST((has_closed_form<euclidean<float>, group_rows>));
    BOOST_TEST((has_closed_form<euclidean<float>, norm_of_tensor>));
    BOOST_TEST((has_closed_form<cubic_potential, l1>));
    BOOST_TEST((has_closed_form<cubic_potential, none>));
    BOOST_TEST((has_closed_form<cubic_potential, unit_interval>));
    BOOST_TEST((has_closed_form<entropy, l1>));
    BOOST_TEST((has_closed_form<cubic_potential, std::variant<none, l1>>));
    BOOST_TEST(!(has_closed_form<cubic_potential, group_rows>));
    BOOST_TEST(!(has_closed_form<cubic_potential, norm_of_tensor>));
    BOOST_TEST(!(has_closed_form<cubic_potential, std::variant<l1, group_rows>>));
}

// lambda is the new weight; optimality is v - grad phi(theta) in lambda dJ(theta).
BOOST_AUTO_TEST_CASE(an_even_map_with_l1_solves_its_problem) {
    const cubic_potential mirror;
    for (double v : normal_values<double>(200, 3, 2.0)) {
        const double x = primal_step<cubic_potential, l1>::apply(mirror, l1{}, v, 0.8);
        const double p = (v - mirror.to_dual(x)) / 0.8;
        BOOST_TEST(std::abs(p) <= 1 + 1e-12);
        if (x != 0) BOOST_TEST(std::abs(p - sign(x)) <= 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(a_positive_map_with_l1_solves_its_problem) {
    const entropy mirror;
    for (double v : normal_values<double>(200, 3, 2.0)) {
        const double x = primal_step<entropy, scaled_absolute_value>::apply(mirror, {0.5}, v, 0.8);
        BOOST_TEST(std::abs(v - mirror.to_dual(x) - 0.4) <= 1e-12);
    }
}

// A theta on x > 0 has no zeros, so that no lambda gives a sparsity.
BOOST_AUTO_TEST_CASE(a_positive_map_has_no_lambda_for_a_sparsity) {
    optimizer<gradient, entropy, l1, quantile_law, eigen_backend<double>> method({.lambda = 0.1});
    std::vector<double> theta{1, 2, 3};
    const std::vector<double> g(3);
    CHECK_REFUSES(method.step(theta, g), "mirror map = custom; allowed: one whose theta can become zero");
}

BOOST_AUTO_TEST_CASE(an_interval_clips_what_the_map_gives) {
    const cubic_potential mirror;
    for (double v : normal_values<double>(200, 3, 2.0)) {
        const double x = primal_step<cubic_potential, unit_interval>::apply(mirror, {}, v, 0.8);
        const double slack = v - mirror.to_dual(x); // in the normal cone of [0, 1] at x
        if (x == 0)
            BOOST_TEST(slack <= 0);
        else if (x == 1)
            BOOST_TEST(slack >= 0);
        else
            BOOST_TEST(std::abs(slack) <= 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(located_weights_are_read_at_their_element) {
    const auto start = normal_values<double>(37, 1); // not a multiple of any lane
    auto weights = normal_values<double>(37, 2);
    for (double& w : weights) w = std::abs(w);
    const weights_by_position regularizer{weights.data(), 37};
    method_of<euclidean<double>, weights_by_position> method({.lambda = 0.3}, {}, {.delta = 2}, regularizer);
    const auto theta = steps(method, start, regularizer, 10);
    const auto v = method.dual();
    for (std::size_t i = 0; i < v.size(); ++i)
        BOOST_TEST(std::abs(theta[i] - 2 * shrink(v[i], 0.3 * weights[i])) <= 1e-14);

    // The quantile law's selection sees the weights too.
    std::vector<double> x = theta, g(37);
    parameter_list<double, weights_by_position> parameters;
    parameters.add_group({.regularizer = regularizer});
    parameters.add(x, g);
    method.set_lambda(parameters, method.lambda_for(parameters, 20.0 / 37));
    method.step(parameters);
    BOOST_TEST(count_nonzeros(x) == 17);

    const weights_by_position other{weights.data(), 36};
    method_of<euclidean<double>, weights_by_position> refused({.lambda = 0.3}, {}, {}, other);
    CHECK_REFUSES(refused.step(x, g), "number of weights = 36");
}

BOOST_AUTO_TEST_CASE(a_located_mirror_map_works_with_every_elementwise_regularizer) {
    const auto start = normal_values<double>(37, 1);
    auto deltas = normal_values<double>(37, 4);
    for (double& d : deltas) d = 0.1 + std::abs(d);
    const auto check = [&](const auto& regularizer, double weight) {
        method_of<delta_by_position, std::remove_cvref_t<decltype(regularizer)>> method({.lambda = 0.3}, {},
                                                                                        {deltas.data()}, regularizer);
        const auto theta = steps(method, start, regularizer, 10);
        const auto v = method.dual();
        for (std::size_t i = 0; i < v.size(); ++i)
            BOOST_TEST(std::abs(theta[i] - deltas[i] * shrink(v[i], 0.3 * weight)) <= 1e-13);
    };
    check(l1{}, 1);
    check(none{}, 0);
    check(scaled_absolute_value{2.5}, 2.5);

    auto theta = start;
    method_of<delta_by_position, l1> refused({}, {}, {deltas.data(), 36});
    CHECK_REFUSES(refused.step(theta, start), "number of deltas = 36");
    CHECK_REFUSES(refused.step(theta, start), "number of deltas = 36"); // nothing was remembered
    BOOST_TEST(same_bits(theta, start));
}

BOOST_AUTO_TEST_CASE(a_tensor_regularizer_is_a_group_of_everything) {
    const auto start = normal_values<double>(40, 1);
    const double size_factor = std::sqrt(40.0); // group_rows weighs a row by sqrt(n)
    method_of<euclidean<double>, group_rows> rows({.lambda = 0.2}, {}, {.delta = 2});
    method_of<euclidean<double>, norm_of_tensor> whole({.lambda = 0.2 * size_factor}, {}, {.delta = 2});
    const auto expected = steps(rows, start, group_rows{}, 10, 4, {{1, 40}});
    const auto theta = steps(whole, start, norm_of_tensor{}, 10, 4, {{1, 40}});
    check_close(theta, expected, 1e-13);
    check_close(whole.dual(), rows.dual(), 1e-13);
    BOOST_TEST(whole.counts()[0].nonzeros == rows.counts()[0].nonzeros);
    BOOST_TEST(whole.sparsity() == 0);

    std::vector<double> x = theta, g(40);
    parameter_list<double, norm_of_tensor> parameters;
    parameters.add(x, g);
    CHECK_REFUSES(whole.set_lambda(parameters, -1), "lambda = -1");
    whole.set_lambda(parameters, 1000);
    whole.step(parameters);
    BOOST_TEST(whole.sparsity() == 1);
    CHECK_REFUSES(whole.lambda_for(parameters, 0.5), "regularizer = custom");
}

BOOST_AUTO_TEST_CASE(a_part_within_groups_goes_first) {
    auto start = normal_values<double>(40, 1, 2.0);
    std::fill_n(start.begin(), 15, 0.0); // three rows
    method_of<euclidean<double>, rows_and_elements> method({.lambda = 0.3}, {}, {.delta = 2});
    const auto theta = steps(method, start, rows_and_elements{}, 10, 4, {{8, 5}});
    const auto v = method.dual();
    for (std::size_t row = 0; row < 8; ++row) {
        double norm = 0;
        for (std::size_t i = 5 * row; i < 5 * row + 5; ++i) norm += std::pow(2 * shrink(v[i], 0.3), 2);
        const double factor = std::max(0.0, 1 - 2 * 0.3 * std::sqrt(5.0) / std::sqrt(norm));
        for (std::size_t i = 5 * row; i < 5 * row + 5; ++i)
            BOOST_TEST(std::abs(theta[i] - factor * 2 * shrink(v[i], 0.3)) <= 1e-13);
    }
    BOOST_TEST(method.sparsity() > 0.05);
}

// Entropy on a simplex is a softmax, of any sum.
BOOST_AUTO_TEST_CASE(a_simplex_of_another_sum) {
    std::vector<double> theta{0, std::log(2.0), std::log(5.0)};
    primal_step<negative_entropy<double>, simplex>::whole({}, simplex{.sum = 4}, as_tensor(theta), 1.0);
    check_close(theta, std::vector{0.5, 1.0, 2.5}, 1e-15);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
