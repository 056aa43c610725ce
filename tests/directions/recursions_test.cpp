// Every direction against its formula written down in double, and on a quadratic. No optimizer is involved.
#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>
#include <utility>

#include <bregman/backends/cpu/lane.hpp>
#include <bregman/directions/adam.hpp>
#include <bregman/directions/amsgrad.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/lion.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/directions/nesterov.hpp>
#include <bregman/directions/rmsprop.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/policy/evaluate.hpp>
#include <bregman/policy/state_visit.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

constexpr double tau = 0.05;
constexpr int steps = 20;

/// A direction and the increment of step k at gradient g, moments m in double, as its page writes it.
template <class Direction>
struct direction_case {
    Direction direction;
    std::function<double(double k, double g, double* m)> formula;
};

/// Every direction: add yours here.
auto all_directions() {
    const auto on = []<class D>(D direction, std::function<double(double, double, double*)> formula) {
        return direction_case<D>{direction, std::move(formula)};
    };
    const auto sgd = [](double, double g, double*) { return tau * g; };
    const auto adam_step = [](double k, double m1, double m2) {
        return tau / (1 - std::pow(0.8, k)) * m1 / (std::sqrt(m2) / std::sqrt(1 - std::pow(0.99, k)) + 1e-8);
    };
    return std::tuple{
        on(gradient{}, sgd),
        on(momentum{.beta = 0.8}, [](double, double g, double* m) { return m[0] = 0.8 * m[0] + 0.2 * tau * g; }),
        on(nesterov{.beta = 0.8},
           [](double, double g, double* m) {
               m[0] = 0.8 * m[0] + 0.2 * tau * g;
               return 0.8 * m[0] + 0.2 * tau * g;
           }),
        on(lion{.beta1 = 0.8, .beta2 = 0.95},
           [](double, double g, double* m) {
               const double u = 0.8 * m[0] + 0.2 * g;
               m[0] = 0.95 * m[0] + 0.05 * g;
               return u > 0 ? tau : u < 0 ? -tau : 0.0;
           }),
        on(rmsprop{.beta = 0.9},
           [](double, double g, double* m) {
               m[0] = 0.9 * m[0] + 0.1 * g * g;
               return tau * g / (std::sqrt(m[0]) + 1e-8);
           }),
        on(adam{.beta1 = 0.8, .beta2 = 0.99},
           [=](double k, double g, double* m) {
               m[0] = 0.8 * m[0] + 0.2 * g, m[1] = 0.99 * m[1] + 0.01 * g * g;
               return adam_step(k, m[0], m[1]);
           }),
        on(amsgrad{.beta1 = 0.8, .beta2 = 0.99},
           [=](double k, double g, double* m) {
               m[0] = 0.8 * m[0] + 0.2 * g, m[1] = 0.99 * m[1] + 0.01 * g * g, m[2] = std::max(m[2], m[1]);
               return adam_step(k, m[0], m[2]);
           }),
        on(with_weight_decay<gradient>{}, sgd), // the decay itself is the optimizer's work
        on(with_decoupled_weight_decay<gradient>{}, sgd),
    };
}

template <class Function>
void for_each_direction(Function&& f) {
    std::apply(
        [&](const auto&... d) {
            const auto check = [&](const auto& one) {
                BOOST_TEST_CONTEXT(policy_name(one.direction)) { f(one); }
            };
            (check(d), ...);
        },
        all_directions());
}

/// Gradients that grow and shrink, so that a maximum over time matters.
template <class T>
T gradient_at(int k, int i) {
    return T(std::sin(0.7 * k + i) * (k < steps / 2 ? 2.0 : 0.1));
}

/// The moments of a direction and its increment on them.
template <class V, int Moments>
struct moments_of {
    V values[Moments + 1];
    explicit moments_of() { std::fill_n(values, Moments + 1, V(0)); }

    template <class Step>
    V apply(const Step& step, const V& g) {
        return [&]<std::size_t... m>(std::index_sequence<m...>) {
            return evaluate::increment(step, g, values[m]...);
        }(std::make_index_sequence<Moments>{});
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(recursions)

BOOST_AUTO_TEST_CASE_TEMPLATE(twenty_steps_follow_the_formula, T, scalars) {
    for_each_direction([]<class D>(const direction_case<D>& d) {
        moments_of<T, D::moments> moments;
        double expected_moments[4] = {};
        for (int k = 1; k <= steps; ++k) {
            const T g = gradient_at<T>(k, 0);
            const double actual = moments.apply(d.direction.at(k, T(tau)), g);
            const double expected = d.formula(k, double(g), expected_moments);
            BOOST_TEST(std::abs(actual - expected) <= tolerance<T>::many_steps * (1 + std::abs(expected)));
        }
        for (int m = 0; m < D::moments; ++m)
            BOOST_TEST(std::abs(moments.values[m] - expected_moments[m]) <= tolerance<T>::many_steps);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_have_the_bits_of_scalars, T, scalars) {
    for_each_direction([]<class D>(const direction_case<D>& d) {
        constexpr int width = lane<T>::width;
        moments_of<lane<T>, D::moments> together;
        moments_of<T, D::moments> alone[width];
        for (int k = 1; k <= steps; ++k) {
            T g[width];
            for (int i = 0; i < width; ++i) g[i] = gradient_at<T>(k, i);
            const auto step = d.direction.at(k, T(tau));
            const lane<T> increments = together.apply(step, lane<T>::load(g));
            for (int i = 0; i < width; ++i) BOOST_TEST(same_bits(increments[i], alone[i].apply(step, g[i])));
        }
    });
}

// f(x) = (x1^2 + 10 x2^2) / 2 with step sizes that fall like 1 / sqrt(k).
BOOST_AUTO_TEST_CASE(every_direction_finds_the_minimum_of_a_quadratic) {
    for_each_direction([]<class D>(const direction_case<D>& d) {
        const double curvature[] = {1, 10};
        double x[] = {3, -2};
        moments_of<double, D::moments> moments[2];
        for (int k = 1; k <= 5000; ++k)
            for (int i = 0; i < 2; ++i)
                x[i] -= moments[i].apply(d.direction.at(k, 0.1 / std::sqrt(k)), curvature[i] * x[i]);
        for (int i = 0; i < 2; ++i) BOOST_TEST(std::abs(x[i]) < 2e-3);
    });
}

BOOST_AUTO_TEST_CASE(the_denominator_of_amsgrad_never_shrinks_and_that_of_adam_does) {
    moments_of<double, 3> moments;
    double before = 0, second_moment = 0;
    bool adam_shrinks = false;
    for (int k = 1; k <= 2000; ++k) {
        moments.apply(amsgrad{}.at(k, tau), k < 100 ? 1.0 : 0.01);
        BOOST_TEST(moments.values[2] >= before);
        adam_shrinks = adam_shrinks || moments.values[1] < second_moment;
        before = moments.values[2], second_moment = moments.values[1];
    }
    BOOST_TEST(adam_shrinks);
    BOOST_TEST(moments.values[2] > 2 * moments.values[1]);
}

BOOST_AUTO_TEST_CASE(nesterov_looks_one_average_ahead) {
    // The increments of momentum with the same gradients, averaged once more with the gradient itself.
    moments_of<double, 1> ahead, plain;
    for (int k = 1; k <= steps; ++k) {
        const double g = gradient_at<double>(k, 0);
        const double m = plain.apply(momentum{.beta = 0.7}.at(k, tau), g);
        BOOST_TEST(std::abs(ahead.apply(nesterov{.beta = 0.7}.at(k, tau), g) - (0.7 * m + 0.3 * tau * g)) < 1e-15);
    }
    moments_of<float, 1> none;
    BOOST_TEST(none.apply(nesterov{.beta = 0}.at(1, 0.1f), 3.0f) == gradient{}.at(1, 0.1f)(3.0f));
}

BOOST_AUTO_TEST_CASE(weight_decay_says_what_the_optimizer_has_to_do) {
    const auto coupled = with_weight_decay<adam>{.weight_decay = 0.5}.at(1, 0.1);
    BOOST_TEST(coupled.adjust_gradient(1.0, 4.0) == 3.0);
    const auto decoupled = with_decoupled_weight_decay<adam>{.weight_decay = 0.5}.at(1, 0.1);
    BOOST_TEST(std::abs(decoupled.primal_factor - 0.95) < 1e-15);
    // Both at once: each wrapper keeps what the other adds.
    const auto both = with_decoupled_weight_decay<with_weight_decay<gradient>>{.weight_decay = 1}.at(1, 0.1);
    BOOST_TEST(std::abs(both.adjust_gradient(1.0, 1.0) - 1.0001) < 1e-15);
    BOOST_TEST(std::abs(both.primal_factor - 0.9) < 1e-15);
    BOOST_TEST(policy_name(with_weight_decay<adam>{}) == "adam with weight decay");
    BOOST_TEST(policy_name(with_decoupled_weight_decay<adam>{}) == "adam with decoupled weight decay");
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused) {
    CHECK_REFUSES(nesterov{.beta = 1}.validate(), "nesterov.beta = 1; allowed: [0, 1)");
    CHECK_REFUSES(rmsprop{.beta = -1}.validate(), "rmsprop.beta = -1; allowed: [0, 1)");
    CHECK_REFUSES(rmsprop{.epsilon = 0}.validate(), "rmsprop.epsilon = 0; allowed: > 0");
    CHECK_REFUSES(amsgrad{.beta1 = 1}.validate(), "amsgrad.beta1 = 1");
    CHECK_REFUSES(amsgrad{.beta2 = NAN}.validate(), "amsgrad.beta2 = nan");
    CHECK_REFUSES(amsgrad{.epsilon = -1}.validate(), "amsgrad.epsilon = -1");
    CHECK_REFUSES(with_weight_decay<adam>{.weight_decay = -1}.validate(), "weight_decay = -1; allowed: >= 0");
    CHECK_REFUSES((with_weight_decay<adam>{.direction = {.beta1 = 2}}.validate()), "adam.beta1 = 2");
    CHECK_REFUSES(with_decoupled_weight_decay<adam>{.weight_decay = NAN}.validate(), "weight_decay = nan");
    CHECK_REFUSES((with_decoupled_weight_decay<adam>{.direction = {.beta1 = 2}}.validate()), "adam.beta1 = 2");
    CHECK_REFUSES(with_decoupled_weight_decay<adam>{.weight_decay = 20}.at(1, 0.1),
                  "step size * weight_decay = 2; allowed: [0, 1]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
