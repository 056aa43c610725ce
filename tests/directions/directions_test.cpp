// With J = 0 the optimizers are the classical methods with rate delta tau: SGD, SGD with averaging, Adam.
#include <algorithm>

#include <bregman/bregman.hpp>
#include <bregman/directions/amsgrad.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/weight_decay.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr index_t size = 37;
constexpr int steps = 40;
constexpr double tau = 0.05;
constexpr double delta = 0.5;

/// theta after `steps` steps without a regularizer, in every way that the library can leave it out.
template <class Direction, class T, class Regularizer>
std::vector<T> run(Direction direction, T lambda, double lambda_scale) {
    auto theta = normal_values<T>(size, 1);
    std::vector<T> g(size);
    optimizer<Direction, euclidean<T>, Regularizer, fixed_law, eigen_backend<T>> method(
        {.step_size = T(tau), .lambda = lambda}, direction, {.delta = T(delta)});
    parameter_list<T, Regularizer> parameters;
    parameters.add_group({.lambda_scale = lambda_scale});
    parameters.add(theta, g);
    for (int k = 0; k < steps; ++k) {
        std::ranges::copy(normal_values<T>(size, std::uint64_t(100 + k)), g.begin());
        method.step(parameters);
    }
    return theta;
}

template <class T, class Direction>
void check_against(Direction direction, const std::vector<double>& expected) {
    check_close(run<Direction, T, none>(direction, T(0.3), 1), expected, 10 * tolerance<T>::many_steps);
    check_close(run<Direction, T, l1>(direction, T(0), 1), expected, 10 * tolerance<T>::many_steps);
    check_close(run<Direction, T, l1>(direction, T(0.3), 0), expected, 10 * tolerance<T>::many_steps);
}

/// theta after `steps` updates theta -= delta * increment(i, k, g), in double.
template <class T, class Increment>
std::vector<double> classical(Increment&& increment) {
    std::vector<double> theta;
    for (T x : normal_values<T>(size, 1)) theta.push_back(x);
    for (int k = 1; k <= steps; ++k) {
        const auto g = normal_values<T>(size, std::uint64_t(100 + k - 1));
        for (index_t i = 0; i < size; ++i) theta[i] -= delta * increment(i, k, double(g[i]));
    }
    return theta;
}

} // namespace

BOOST_AUTO_TEST_SUITE(directions)

BOOST_AUTO_TEST_CASE_TEMPLATE(gradient_without_regularizer_is_sgd, T, scalars) {
    check_against<T>(gradient{}, classical<T>([](index_t, int, double g) { return tau * g; }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(momentum_without_regularizer_averages_gradients, T, scalars) {
    std::vector<double> m(size);
    check_against<T>(momentum{.beta = 0.8},
                     classical<T>([&](index_t i, int, double g) { return m[i] = 0.8 * m[i] + 0.2 * tau * g; }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adam_without_regularizer_is_adam, T, scalars) {
    std::vector<double> m1(size), m2(size);
    check_against<T>(adam{.beta1 = 0.8, .beta2 = 0.99}, classical<T>([&](index_t i, int k, double g) {
                         m1[i] = 0.8 * m1[i] + 0.2 * g;
                         m2[i] = 0.99 * m2[i] + 0.01 * g * g;
                         return tau / (1 - std::pow(0.8, k)) * m1[i] /
                                (std::sqrt(m2[i]) / std::sqrt(1 - std::pow(0.99, k)) + 1e-8);
                     }));
}

// Three moments, the most there are.
BOOST_AUTO_TEST_CASE(amsgrad_without_regularizer_is_amsgrad) {
    std::vector<double> m1(size), m2(size), m3(size);
    check_close(run<amsgrad, double, none>({.beta1 = 0.8, .beta2 = 0.9}, 0.3, 1),
                classical<double>([&](index_t i, int k, double g) {
                    m1[i] = 0.8 * m1[i] + 0.2 * g;
                    m2[i] = 0.9 * m2[i] + 0.1 * g * g;
                    m3[i] = std::max(m3[i], m2[i]);
                    return tau / (1 - std::pow(0.8, k)) * m1[i] /
                           (std::sqrt(m3[i]) / std::sqrt(1 - std::pow(0.9, k)) + 1e-8);
                }),
                10 * tolerance<double>::many_steps);
}

// theta <- theta - delta tau (g + w theta): the gradient of the loss and of (w / 2) |theta|^2.
BOOST_AUTO_TEST_CASE(coupled_weight_decay_is_a_part_of_the_gradient) {
    auto theta = normal_values<double>(size, 1);
    for (std::uint64_t k = 0; k < steps; ++k) {
        const auto g = normal_values<double>(size, 100 + k);
        for (index_t i = 0; i < size; ++i) theta[i] -= delta * tau * (g[i] + 0.7 * theta[i]);
    }
    using decayed = with_weight_decay<gradient>;
    check_close(run<decayed, double, none>({.weight_decay = 0.7}, 0.3, 1), theta, 10 * tolerance<double>::many_steps);
    BOOST_TEST(same_bits(run<decayed, double, l1>({.weight_decay = 0}, 0.1, 1), run<gradient, double, l1>({}, 0.1, 1)));
}

// v follows the gradients alone; theta is 1 - tau w of what v says.
BOOST_AUTO_TEST_CASE(decoupled_weight_decay_scales_theta_and_leaves_v_alone) {
    using decayed = with_decoupled_weight_decay<adam>;
    auto expected = run<adam, double, l1>({}, 0.1, 1);
    for (double& x : expected) x *= 1 - tau * 0.7;
    check_close(run<decayed, double, l1>({.weight_decay = 0.7}, 0.1, 1), expected, tolerance<double>::many_steps);
}

// At g = 0 the support decays by 1 - delta tau w in each step, whatever the direction; powers of two round nothing.
BOOST_AUTO_TEST_CASE(decay_inside_v_is_the_same_for_every_direction) {
    const auto decays = []<class Direction>(Direction) {
        using decayed = with_dual_weight_decay<Direction>;
        optimizer<decayed, euclidean<double>, l1, fixed_law, eigen_backend<double>> method(
            {.step_size = 0.5, .lambda = 0.5}, {.weight_decay = 0.25}, {.delta = 0.5});
        std::vector<double> theta{1, -2, 0, 4}, expected = theta;
        const std::vector<double> g(theta.size());
        for (int k = 0; k < 8; ++k) {
            method.step(theta, g);
            for (double& x : expected) x *= 1 - 0.5 * 0.5 * 0.25;
            BOOST_TEST(same_bits(theta, expected));
        }
    };
    decays(gradient{});
    decays(momentum{});
    decays(adam{});
    using decayed = with_dual_weight_decay<adam>;
    BOOST_TEST(same_bits(run<decayed, float, l1>({.weight_decay = 0}, 0.1f, 1), run<adam, float, l1>({}, 0.1f, 1)));
}

// v <- (1 - leak) v - tau g, by hand; with the decay inside it in either order.
BOOST_AUTO_TEST_CASE(a_leak_forgets_v) {
    const auto by_hand = [](double leak, double decay) {
        auto theta = normal_values<double>(size, 1);
        for (std::uint64_t k = 0; k < steps; ++k) {
            const auto g = normal_values<double>(size, 100 + k);
            for (index_t i = 0; i < size; ++i)
                theta[i] = delta * ((1 - leak) * (theta[i] / delta) - tau * g[i] - tau * decay * theta[i]);
        }
        return theta;
    };
    const double close = 10 * tolerance<double>::many_steps;
    using leaking = with_leak<gradient>;
    check_close(run<leaking, double, none>({.leak = 0.1}, 0.3, 1), by_hand(0.1, 0), close);
    using both = with_leak<with_dual_weight_decay<gradient>>;
    check_close(run<both, double, none>({.direction = {.weight_decay = 0.7}, .leak = 0.1}, 0.3, 1), by_hand(0.1, 0.7),
                close);
    using other = with_dual_weight_decay<leaking>;
    check_close(run<other, double, none>({.direction = {.leak = 0.1}, .weight_decay = 0.7}, 0.3, 1), by_hand(0.1, 0.7),
                close);
    using without = with_leak<adam>;
    BOOST_TEST(same_bits(run<without, float, l1>({.leak = 0}, 0.1f, 1), run<adam, float, l1>({}, 0.1f, 1)));
}

BOOST_AUTO_TEST_CASE(momentum_with_beta_0_is_the_gradient) {
    BOOST_TEST(same_bits(run<momentum, float, l1>({.beta = 0}, 0.1f, 1), run<gradient, float, l1>({}, 0.1f, 1)));
}

BOOST_AUTO_TEST_CASE(the_first_steps_of_adam_are_corrected_for_bias) {
    // Without the corrections the first step would be ten times too short.
    const auto first = adam{}.at<double>(1, 0.01);
    double m1 = 0, m2 = 0;
    BOOST_TEST(std::abs(first(3.0, m1, m2) - 0.01) < 1e-10);
    BOOST_TEST(std::abs(m1 - 0.3) < 1e-15);
    BOOST_TEST(std::abs(m2 - 0.009) < 1e-15);
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
    using momentum_method = linbreg_momentum<float>;
    CHECK_REFUSES(momentum_method({}, {.beta = 1}), "momentum.beta = 1; allowed: [0, 1)");
    CHECK_REFUSES(momentum_method({}, {.beta = NAN}), "momentum.beta = nan");
    CHECK_REFUSES(adabreg<float>({}, {.beta1 = -0.1}), "adam.beta1 = -0.1; allowed: [0, 1)");
    CHECK_REFUSES(adabreg<float>({}, {.beta2 = 1}), "adam.beta2 = 1");
    CHECK_REFUSES(adabreg<float>({}, {.epsilon = 0}),
                  "adam.epsilon = 0; allowed: > 0, finite; 1e-8 is the usual choice");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
