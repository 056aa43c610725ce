// What makes two functions a mirror map, for every one of them: inverse, monotone, the gradients of phi and phi^*.
#include <bregman/backends/cpu/lane.hpp>
#include <bregman/mirror_maps/diagonal.hpp>
#include <bregman/policy/element_access.hpp>
#include <bregman/policy/evaluate.hpp>

#include "mirror_maps/all_mirror_maps.hpp"
#include "support/checks.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// Powers and exponentials of rounded numbers, relative to the result.
template <class T>
bool near(T actual, T expected) {
    return std::abs(double(actual) - double(expected)) <=
           30 * tolerance<T>::rounding * (1 + std::abs(double(expected)));
}

template <class F>
double slope_at(double x, F&& f) {
    const double h = finite_difference_step;
    return (f(x + h) - f(x - h)) / (2 * h);
}
bool near_slope(double measured, double expected) {
    return std::abs(measured - expected) <= 10 * finite_difference_tolerance * (1 + std::abs(expected));
}

} // namespace

BOOST_AUTO_TEST_SUITE(mirror_laws)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_two_maps_are_inverse, T, scalars) {
    for_each_mirror_map<T>([](const auto& m) {
        for (T x : m.thetas) {
            const T v = m.mirror.to_dual(x);
            BOOST_TEST(near(m.mirror.to_primal(v), x), x << " and " << m.mirror.to_primal(v));
            BOOST_TEST(near(m.mirror.to_dual(m.mirror.to_primal(v)), v));
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(both_maps_increase, T, scalars) {
    for_each_mirror_map<T>([](const auto& m) {
        for (std::size_t i = 1; i < m.thetas.size(); ++i) {
            const T below = m.mirror.to_dual(m.thetas[i - 1]), above = m.mirror.to_dual(m.thetas[i]);
            BOOST_TEST(below < above);
            BOOST_TEST(m.mirror.to_primal(below) < m.mirror.to_primal(above));
        }
    });
}

BOOST_AUTO_TEST_CASE(they_are_the_gradients_of_phi_and_its_conjugate) {
    for_each_mirror_map([](const auto& m) {
        for (double x : m.thetas) {
            const double v = m.mirror.to_dual(x);
            BOOST_TEST(near_slope(slope_at(x, [&](double at) { return m.mirror.value(at); }), v));
            BOOST_TEST(near_slope(slope_at(v, [&](double at) { return m.mirror.conjugate(at); }), x));
        }
    });
}

BOOST_AUTO_TEST_CASE(values_add_up_to_the_product_at_conjugate_points) {
    for_each_mirror_map([](const auto& m) {
        for (double x : m.thetas) {
            const double v = m.mirror.to_dual(x);
            BOOST_TEST(near(m.mirror.value(x) + m.mirror.conjugate(v), x * v));
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_agree_with_scalars, T, scalars) {
    for_each_mirror_map<T>([]<class Case>(const Case& m) {
        constexpr std::size_t width = lane<T>::width;
        for (std::size_t first = 0; first + width <= m.thetas.size(); first += width) {
            const auto theta = lane<T>::load(m.thetas.data() + first);
            const lane<T> dual = evaluate::to_dual(m.mirror, theta), primal = evaluate::to_primal(m.mirror, dual);
            for (std::size_t i = 0; i < width; ++i) {
                BOOST_TEST(near(dual[int(i)], m.mirror.to_dual(m.thetas[first + i])));
                BOOST_TEST(near(primal[int(i)], m.mirror.to_primal(dual[int(i)])));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(even_maps_are_odd_functions_and_keep_zero) {
    int even = 0;
    for_each_mirror_map([&]<class Case>(const Case& m) {
        if constexpr (requires { decltype(m.mirror)::is_even; }) {
            ++even;
            for (double x : m.thetas) {
                BOOST_TEST(m.mirror.to_dual(-x) == -m.mirror.to_dual(x));
                BOOST_TEST(m.mirror.to_primal(-x) == -m.mirror.to_primal(x));
            }
            BOOST_TEST(m.mirror.to_dual(0.0) == 0.0);
            BOOST_TEST(m.mirror.to_primal(0.0) == 0.0);
        }
    });
    BOOST_TEST(even == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(positive_maps_stay_positive_and_finite_in_both_spaces, T, scalars) {
    int positive = 0;
    for_each_mirror_map<T>([&]<class Case>(const Case& m) {
        if constexpr (requires { decltype(m.mirror)::is_positive; }) {
            ++positive;
            for (T v : {T(-80), T(-1), T(0), T(1), T(80)}) {
                BOOST_TEST(m.mirror.to_primal(v) > T(0));
                BOOST_TEST(std::isfinite(m.mirror.to_primal(v)));
            }
            BOOST_TEST(std::isfinite(m.mirror.to_dual(T(0)))); // a start at zero
            BOOST_TEST(m.mirror.to_primal(m.mirror.to_dual(T(0))) < T(1e-12));
        }
    });
    BOOST_TEST(positive == 3);
}

BOOST_AUTO_TEST_CASE(burg_stops_at_the_largest) {
    const burg<double> mirror{.largest = 50};
    BOOST_TEST(mirror.to_primal(-0.1) == 10);
    for (double v : {-0.02, -0.001, 0.0, 3.0}) BOOST_TEST(std::abs(mirror.to_primal(v) - 50) < 1e-12);
}

BOOST_AUTO_TEST_CASE(p_norm_2_is_euclidean) {
    for (double x : reals<double>()) {
        BOOST_TEST(std::abs(p_norm<double>{.q = 2}.to_dual(x) - x) <= tolerance<double>::rounding);
        BOOST_TEST(std::abs(p_norm<double>{.q = 2}.to_primal(x) - x) <= tolerance<double>::rounding);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(diagonal_is_euclidean_at_each_element, T, scalars) {
    const std::vector<T> weights{T(0.5), 1, 4, 100};
    const auto mirror = diagonal<T>::of(weights);
    for (index_t i = 0; i < 4; ++i) {
        const auto at = mirror.at(element_access<T>{i});
        BOOST_TEST(near(at.to_dual(T(3)), weights[std::size_t(i)] * 3));
        BOOST_TEST(near(at.to_primal(at.to_dual(T(3))), T(3)));
    }
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
    CHECK_REFUSES(euclidean<double>{.delta = 0}.validate(), "euclidean.delta = 0; allowed: > 0");
    CHECK_REFUSES(euclidean<double>{.delta = -1}.validate(), "euclidean.delta = -1");
    CHECK_REFUSES(euclidean<double>{.delta = NAN}.validate(), "euclidean.delta = nan");
    CHECK_REFUSES(p_norm<double>{.q = 1}.validate(), "p_norm.q = 1; allowed: > 1, finite; 1.1 asks for sparse");
    CHECK_REFUSES(p_norm<double>{.q = INFINITY}.validate(), "p_norm.q = inf");
    CHECK_REFUSES(hypentropy<double>{.beta = 0}.validate(), "hypentropy.beta = 0; allowed: > 0");
    CHECK_REFUSES(burg<double>{.largest = 0}.validate(), "burg.largest = 0; allowed: > 0");
    const std::vector<float> bad{1, 0}, two{1, 2};
    CHECK_REFUSES(diagonal<float>::of(bad), "diagonal.weights at 1 = 0; allowed: > 0, finite");
    CHECK_REFUSES(diagonal<float>::of(two).validate({{3}}),
                  "diagonal.weights size = 2; allowed: that of the tensor, 3");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
