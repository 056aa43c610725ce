#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(mirror_maps)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_two_maps_are_inverse, T, scalars) {
    for (T delta : {T(0.1), T(1), T(3)}) {
        const euclidean<T> mirror{.delta = delta};
        for (T x : normal_values<T>(50, 1)) {
            BOOST_TEST(std::abs(mirror.to_primal(mirror.to_dual(x)) - x) <= tolerance<T>::rounding);
            BOOST_TEST(std::abs(mirror.to_dual(mirror.to_primal(x)) - x) <= tolerance<T>::rounding);
        }
    }
}

BOOST_AUTO_TEST_CASE(to_dual_is_the_gradient_of_phi) {
    for (double delta : {0.1, 1.0, 3.0}) {
        const euclidean<double> mirror{.delta = delta};
        const auto phi = [delta](double x) { return x * x / (2 * delta); };
        for (double x : normal_values<double>(50, 2)) {
            const double h = finite_difference_step;
            const double slope = (phi(x + h) - phi(x - h)) / (2 * h);
            BOOST_TEST(std::abs(slope - mirror.to_dual(x)) <= finite_difference_tolerance);
        }
    }
}

BOOST_AUTO_TEST_CASE(delta_must_be_positive) {
    using method = linbreg<float>;
    CHECK_REFUSES(method({}, {}, {.delta = 0}), "euclidean.delta = 0; allowed: > 0");
    CHECK_REFUSES(method({}, {}, {.delta = -1}), "euclidean.delta = -1");
    CHECK_REFUSES(method({}, {}, {.delta = NAN}), "euclidean.delta = nan");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
