// The worked steps of the sources, digit by digit: LinBreg, its momentum and delta, and AdaBreg.
#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

template <class T>
struct worked_example {
    std::vector<T> theta{T(0.5), T(0), T(-0.2), T(0)};
    std::vector<T> g1{T(1), T(-6), T(0.5), T(0)};
    std::vector<T> g2{T(-1), T(-6), T(0.5), T(3)};
};

} // namespace

BOOST_AUTO_TEST_SUITE(fixtures)

BOOST_AUTO_TEST_CASE_TEMPLATE(linbreg_two_steps, T, scalars) {
    worked_example<T> x;
    linbreg<T, l1, fixed_law> optimizer({.step_size = T(0.02), .lambda = T(0.1)});
    optimizer.step(x.theta, x.g1);
    check_close(optimizer.dual(), std::vector{.58, .12, -.31, 0.}, tolerance<T>::fixture);
    check_close(x.theta, std::vector{.48, .02, -.21, 0.}, tolerance<T>::fixture);
    BOOST_TEST(x.theta[3] == T(0));
    BOOST_TEST(optimizer.sparsity() == T(0.25));
    optimizer.step(x.theta, x.g2);
    check_close(optimizer.dual(), std::vector{.60, .24, -.32, -.06}, tolerance<T>::fixture);
    check_close(x.theta, std::vector{.50, .14, -.22, 0.}, tolerance<T>::fixture);
    BOOST_TEST(x.theta[3] == T(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(linbreg_with_delta_2, T, scalars) {
    worked_example<T> x;
    linbreg<T, l1, fixed_law> optimizer({.step_size = T(0.02), .lambda = T(0.1)}, {}, {.delta = 2});
    optimizer.step(x.theta, x.g1);
    check_close(optimizer.dual(), std::vector{.33, .12, -.21, 0.}, tolerance<T>::fixture);
    check_close(x.theta, std::vector{.46, .04, -.22, 0.}, tolerance<T>::fixture);
    BOOST_TEST(x.theta[3] == T(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(linbreg_with_momentum, T, scalars) {
    worked_example<T> x;
    linbreg_momentum<T, l1, fixed_law> optimizer({.step_size = T(0.02), .lambda = T(0.1)}, {.beta = 0.9});
    optimizer.step(x.theta, x.g1);
    check_close(optimizer.dual(), std::vector{.598, .012, -.301, 0.}, tolerance<T>::fixture);
    check_close(x.theta, std::vector{.498, 0., -.201, 0.}, tolerance<T>::fixture);
    BOOST_TEST(x.theta[1] == T(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adabreg_first_step, T, scalars) {
    worked_example<T> x;
    adabreg<T, l1, fixed_law> optimizer({.step_size = T(0.06), .lambda = T(0.1)});
    optimizer.step(x.theta, x.g1);
    check_close(optimizer.dual(), std::vector{.5400000006, .0599999999, -.3599999988, 0.}, tolerance<T>::fixture);
    check_close(x.theta, std::vector{.4400000006, 0., -.2599999988, 0.}, tolerance<T>::fixture);
    BOOST_TEST(x.theta[1] == T(0));
}

BOOST_AUTO_TEST_CASE(step_sizes_default_to_the_papers) {
    BOOST_TEST(linbreg<>().step_size() == 0.1f);
    BOOST_TEST(linbreg_momentum<>().step_size() == 0.1f);
    BOOST_TEST(adabreg<>().step_size() == 0.01f);
    BOOST_TEST(linbreg<>().lambda() == 1e-3f);
    BOOST_TEST(linbreg<>().target() == 0.9f);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
