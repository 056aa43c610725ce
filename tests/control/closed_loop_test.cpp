// The laws around an optimizer: the behaviour that theory and the sources predict.
#include <algorithm>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>

#include "support/checks.hpp"
#include "support/noise_run.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using linbreg_of_paper = linbreg<float, l1, multiplicative_law<float>>;

multiplicative_settings<float> quick_law() {
    multiplicative_settings<float> s;
    s.gain = 1;
    s.every = 5;
    return s;
}

} // namespace

BOOST_AUTO_TEST_SUITE(closed_loop)

// lambda(T) ~ Phi^{-1}((1 + s*) / 2) tau sigma sqrt(T)
BOOST_AUTO_TEST_CASE(lambda_follows_the_noise_law) {
    const int steps = 20000;
    linbreg_of_paper method({.step_size = 0.1f, .lambda = 1e-3f, .target = 0.9f}, {}, {}, {}, quick_law());
    noise_run<linbreg_of_paper> run{method, std::vector<float>(4000), counter_random(1), 0.1f};
    double sum = 0;
    for (int k = 0; k < steps; ++k) {
        const double sparsity = run();
        if (k >= steps - 2000) sum += sparsity;
    }
    const double expected = 1.6448536 * 0.1 * 0.1 * std::sqrt(double(steps)); // 2.326
    BOOST_TEST(std::abs(method.lambda() / expected - 1) <= noise_law_lambda, "lambda " << method.lambda());
    BOOST_TEST(std::abs(sum / 2000 - 0.9) <= noise_law_sparsity, "mean sparsity " << sum / 2000);
}

// A start that is sparser than the target: lambda falls at first, then rises.
BOOST_AUTO_TEST_CASE(lambda_falls_before_it_rises_from_a_sparse_start) {
    linbreg_of_paper method({.step_size = 0.1f, .lambda = 0.1f, .target = 0.9f}, {}, {}, {}, quick_law());
    auto theta = normal_values<float>(4000, 2);
    thin_out(as_tensor(theta), {.density = 0.01});
    BOOST_TEST(sparsity(as_tensor(theta)) > 0.985);
    noise_run<linbreg_of_paper> run{method, theta, counter_random(3), 0.1f};
    float lowest = method.lambda();
    std::int64_t lowest_at = 0;
    for (int k = 0; k < 2000; ++k) {
        run();
        if (method.lambda() < lowest) lowest = method.lambda(), lowest_at = method.steps();
    }
    BOOST_TEST(lowest < 0.09f);
    BOOST_TEST(lowest_at > 10);
    BOOST_TEST(lowest_at < 1000);
    BOOST_TEST(method.lambda() > 2 * lowest);
    BOOST_TEST(std::abs(method.sparsity() - 0.9f) < 0.02f);
}

// A text about the method gives lambda <- clamp(lambda + alpha (s - s*)): the sign is wrong, and this is what it does.
BOOST_AUTO_TEST_CASE(the_wrong_sign_drives_lambda_and_sparsity_to_their_minimum) {
    const float lambda_min = 1e-6f;
    const auto wrong = [=](const observation<float>& seen) {
        return std::clamp(seen.lambda + 0.1f * (seen.sparsity - seen.target), lambda_min, 1e3f);
    };
    auto method = make_linbreg<float>({.step_size = 0.1f, .lambda = 0.1f, .target = 0.9f}, wrong);
    noise_run<decltype(method)> run{method, normal_values<float>(1000, 4), counter_random(5), 0.1f};
    for (int k = 0; k < 200; ++k) run();
    BOOST_TEST(method.lambda() == lambda_min);
    BOOST_TEST(method.sparsity() < 0.01f);
}

BOOST_AUTO_TEST_CASE(the_right_sign_holds_the_target_on_the_same_run) {
    linbreg_of_paper method({.step_size = 0.1f, .lambda = 0.1f, .target = 0.9f}, {}, {}, {}, quick_law());
    noise_run<linbreg_of_paper> run{method, normal_values<float>(1000, 4), counter_random(5), 0.1f};
    for (int k = 0; k < 400; ++k) run();
    BOOST_TEST(std::abs(method.sparsity() - 0.9f) < 0.02f);
}

BOOST_AUTO_TEST_CASE(the_target_may_change_with_the_epoch) {
    linbreg_of_paper method({.step_size = 0.1f, .lambda = 0.1f, .target = target_schedule<float>({0.5f, 0.95f})}, {},
                            {}, {}, quick_law());
    noise_run<linbreg_of_paper> run{method, normal_values<float>(2000, 6), counter_random(7), 0.1f};
    for (int k = 0; k < 1000; ++k) run();
    BOOST_TEST(std::abs(method.sparsity() - 0.5f) < 0.03f);
    method.set_epoch(1);
    BOOST_TEST(method.target() == 0.95f);
    for (int k = 0; k < 1000; ++k) run();
    BOOST_TEST(std::abs(method.sparsity() - 0.95f) < 0.02f);
}

namespace {

/// Steps in which the loss increased, over 2000 steps of full gradients with lambda redrawn at each.
template <class Method>
int increases_of_loss(Method& method, const least_squares<double>& problem) {
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(problem.A.cols()), gradient = theta;
    const double start = problem(theta, gradient);
    double previous = start;
    int increases = 0;
    for (int k = 0; k < 2000; ++k) {
        method.step(theta, gradient);
        const double loss = problem(theta, gradient);
        increases += loss > previous + 1e-14 * start;
        previous = loss;
    }
    return increases;
}

/// Increases for a sequence of lambdas, log-uniform on [.05, 5], under this rule for v.
int increases_under(dual_rule rule, double delta) {
    const auto problem = sparse_recovery<double>::gaussian(60, 40, 10, 0.3, 11).problem;
    const counter_random random(12);
    const auto erratic = [=](const observation<double>& seen) {
        return 0.05 * std::pow(100.0, random.uniform(std::uint64_t(seen.step)));
    };
    const double tau = 0.99 * 2 / (delta * problem.lipschitz_constant());
    linbreg<double, l1, decltype(erratic)> method({.step_size = tau, .lambda = 1, .on_lambda_change = rule}, {},
                                                  {.delta = delta}, {}, erratic);
    return increases_of_loss(method, problem);
}

} // namespace

BOOST_AUTO_TEST_CASE(with_the_ratio_rule_the_loss_falls_under_any_lambda) {
    for (double delta : {0.3, 1.0, 4.0}) BOOST_TEST(increases_under(dual_rule::ratio, delta) == 0);
}

BOOST_AUTO_TEST_CASE(without_a_rule_it_does_not) {
    for (double delta : {0.3, 1.0, 4.0}) BOOST_TEST(increases_under(dual_rule::keep, delta) > 100);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
