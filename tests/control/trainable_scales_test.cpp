// Shares of lambda that learn (control/trainable_scales.hpp).
#include <cmath>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using scaled_kinds = std::variant<l1, none, group_rows>;
using scaled_method = optimizer<gradient, euclidean<double>, scaled_kinds, fixed_law, eigen_backend<double>>;

/// min ||theta - wanted||^2 / 2 on two l1 groups, one of rows and one that is free.
struct scaled_groups {
    std::vector<double> theta[4], slope[4], wanted[4];
    parameter_list<double, scaled_kinds> list;

    scaled_groups() {
        const scaled_kinds kinds[] = {l1{}, l1{}, group_rows{}, none{}};
        for (int i = 0; i < 4; ++i) {
            wanted[i] = normal_values<double>(60, std::uint64_t(i), i == 1 ? 5 : 1);
            theta[i].resize(60), slope[i].resize(60);
            list.add_group({.name = std::to_string(i), .regularizer = kinds[i], .lambda_scale = i == 1 ? 2.0 : 1.0});
            list.add_view(theta[i].data(), slope[i].data(), {{6, 10}});
        }
    }
    double loss() {
        double sum = 0;
        for (int i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 60; ++j) {
                slope[i][j] = theta[i][j] - wanted[i][j];
                sum += slope[i][j] * slope[i][j] / 2;
            }
        return sum;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(scales_that_learn)

// A scale moves by -rate (d loss / d c + decay (c - 1)), with the derivative found by differences.
BOOST_AUTO_TEST_CASE(a_step_follows_the_slope_of_the_loss) {
    scaled_groups problem;
    scaled_method method({.step_size = 0.1, .lambda = 0.4}, {}, {.delta = 1.5});
    for (int k = 0; k < 30; ++k) problem.loss(), method.step(problem.list);
    trainable_scales scales({.rate = 0.05, .decay = 3});
    scales.update(method, (problem.loss(), problem.list));
    const std::vector<double> before = scales.scales();
    const auto v = method.dual();
    for (int g : {0, 1}) {
        // theta = delta shrink(v, c lambda), and the loss of it
        const auto loss_at = [&](double c) {
            double sum = 0;
            for (std::size_t j = 0; j < 60; ++j) {
                const double x = v[std::size_t(60 * g) + j], lambda = c * (g == 1 ? 2 : 1) * 0.4;
                const double t = 1.5 * std::copysign(std::max(std::abs(x) - lambda, 0.0), x);
                sum += (t - problem.wanted[g][j]) * (t - problem.wanted[g][j]) / 2;
            }
            return sum;
        };
        const double slope = (loss_at(1 + 1e-6) - loss_at(1 - 1e-6)) / 2e-6;
        BOOST_TEST(std::abs(before[std::size_t(g)] - (1 - 0.05 * slope)) < 1e-6);
        BOOST_TEST(problem.list.groups()[std::size_t(g)].lambda_scale == (g == 1 ? 2 : 1) * before[std::size_t(g)]);
    }
    BOOST_TEST((before[2] == 1 && before[3] == 1)); // rows and the free group keep theirs
}

BOOST_AUTO_TEST_CASE(it_rests_at_one_plus_the_signal) {
    scaled_groups problem;
    scaled_method method({.step_size = 0.1, .lambda = 0.4});
    for (int k = 0; k < 5; ++k) problem.loss(), method.step(problem.list);
    problem.loss();
    trainable_scales scales({.rate = 0.02, .decay = 20});
    for (int k = 0; k < 400; ++k) scales.update(method, problem.list); // theta and gradients stay
    for (std::size_t g : {0u, 1u}) {
        double signal = 0;
        for (std::size_t j = 0; j < 60; ++j)
            if (problem.theta[g][j] != 0) signal += std::copysign(1.0, problem.theta[g][j]) * problem.slope[g][j];
        const double rest = 1 + (g == 1 ? 2 : 1) * 0.4 / 20 * signal;
        BOOST_TEST(std::abs(scales.scales()[g] - std::max(rest, 1e-3)) < 1e-9);
    }
}

// The group whose weights should be larger gets less of lambda, and the loss at the same lambda is lower for it.
BOOST_AUTO_TEST_CASE(the_loss_is_lower_for_it) {
    const auto trained = [](bool learns) {
        scaled_groups problem;
        scaled_method method({.step_size = 0.02, .lambda = 0.5});
        trainable_scales scales({.rate = 1e-3, .decay = 1});
        double loss = 0;
        for (int k = 0; k < 60; ++k) {
            loss = problem.loss();
            if (learns) scales.update(method, problem.list);
            method.step(problem.list);
        }
        if (learns) BOOST_TEST(scales.scales()[1] < scales.scales()[0]);
        return loss;
    };
    BOOST_TEST(trained(true) < 0.99 * trained(false));
}

BOOST_AUTO_TEST_CASE(misuse_is_refused_and_a_bad_gradient_changes_nothing) {
    CHECK_REFUSES(trainable_scales({.rate = 0}), "rate = 0");
    CHECK_REFUSES(trainable_scales({.decay = -1}), "decay = -1");
    CHECK_REFUSES(trainable_scales({.lowest = 0}), "lowest = 0");
    CHECK_REFUSES(trainable_scales({.highest = 0.5}), "highest = 0.5");
    scaled_groups problem;
    scaled_method method({.lambda = 0.4});
    problem.loss(), method.step(problem.list), problem.loss();
    trainable_scales scales;
    scales.update(method, problem.list);
    const auto before = scales.scales();
    problem.slope[0][3] = NAN, problem.theta[0][3] = 1;
    scales.update(method, problem.list);
    BOOST_TEST(scales.scales()[0] == before[0]);
    CHECK_REFUSES(problem.list.set_lambda_scale(0, 0), "lambda_scale of group \"0\" = 0; allowed: > 0, as it was");
    CHECK_REFUSES(problem.list.set_lambda_scale(0, -1), "lambda_scale of group \"0\" = -1");
    CHECK_REFUSES(problem.list.set_lambda_scale(9, 1), "parameter group = 9");
    scaled_groups longer;
    longer.list.add_group({.name = "more"});
    CHECK_REFUSES(scales.update(method, longer.list), "number of parameter groups = 5");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
