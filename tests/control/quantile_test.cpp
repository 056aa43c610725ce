// The quantile law hits the target exactly and at once, whatever is regularized how.
#include <variant>

#include <bregman/bregman.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

index_t share(double sparsity, index_t size) { return index_t(std::llround(sparsity * double(size))); }

template <class T>
using any = std::variant<none, l1, group_rows, group_kernels>;

} // namespace

BOOST_AUTO_TEST_SUITE(quantile)

BOOST_AUTO_TEST_CASE_TEMPLATE(l1_ends_each_step_at_the_target, T, scalars) {
    for (double target : {0.01, 0.5, 0.75, 0.9, 0.99, 1.0})
        for (double delta : {0.3, 1.0}) {
            const index_t size = 9973;
            linbreg<T, l1, quantile_law> method({.lambda = T(0.1), .target = T(target)}, {}, {.delta = T(delta)});
            auto theta = normal_values<T>(size, 1);
            for (std::uint64_t k = 0; k < 3; ++k) {
                const auto g = normal_values<T>(size, 2 + k);
                const auto report = method.step(theta, g);
                const index_t nonzeros = count_nonzeros(theta);
                BOOST_TEST(size - nonzeros == share(double(T(target)), size));
                BOOST_TEST(report.sparsity == T(1 - double(nonzeros) / double(size)));
                BOOST_TEST(report.next_lambda == method.lambda());
            }
        }
}

// lambda follows v where it is expected (moving_interval), and where it is not: the gradient's scale jumps.
BOOST_AUTO_TEST_CASE_TEMPLATE(many_steps_end_at_the_target, T, scalars) {
    const index_t size = 20011;
    linbreg<T, l1, quantile_law> method({.step_size = T(0.05), .lambda = T(0.1), .target = T(0.9)});
    auto theta = normal_values<T>(size, 1);
    for (std::uint64_t k = 0; k < 40; ++k) {
        method.step(theta, normal_values<T>(size, 2 + k, k % 10 == 9 ? 50.0 : 1.0));
        BOOST_TEST(size - count_nonzeros(theta) == share(double(T(0.9)), size), "step " << k);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_end_within_one_row_of_the_target, T, scalars) {
    for (double target : {0.5, 0.9, 1.0}) {
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> theta(200, 7), g(200, 7);
        std::ranges::copy(normal_values<T>(theta.size(), 1), theta.data());
        std::ranges::copy(normal_values<T>(theta.size(), 2), g.data());
        linbreg<T, group_rows, quantile_law> method({.lambda = T(0.1), .target = T(target)});
        method.step(theta, g);
        // 200 rows: these targets fall on whole rows.
        BOOST_TEST(theta.size() - method.counts()[0].nonzeros == share(target, theta.size()));
        index_t zero_rows = 0;
        for (Eigen::Index r = 0; r < 200; ++r) zero_rows += (theta.row(r).array() == T(0)).all();
        BOOST_TEST(zero_rows == share(target, 200));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(groups_of_different_scales_share_one_lambda, T, scalars) {
    for (double target : {0.3, 0.8, 1.0})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            auto a = normal_values<T>(5000, seed), b = normal_values<T>(3000, seed + 100);
            const auto ga = normal_values<T>(5000, seed + 200), gb = normal_values<T>(3000, seed + 300);
            linbreg<T, l1, quantile_law> method({.lambda = T(0.1), .target = T(target)});
            parameter_list<T, l1> parameters;
            parameters.add_group({.name = "a", .lambda_scale = 0.3});
            parameters.add(a, ga);
            parameters.add_group({.name = "b", .lambda_scale = 1.7});
            parameters.add(b, gb);
            method.step(parameters);
            BOOST_TEST(8000 - count_nonzeros(a) - count_nonzeros(b) == share(double(T(target)), 8000));
        }
}

BOOST_AUTO_TEST_CASE(unregularized_and_uncounted_groups_are_left_out) {
    auto weights = normal_values<float>(1000, 1), bias = normal_values<float>(200, 2),
         head = normal_values<float>(500, 3);
    const auto gw = normal_values<float>(1000, 4), gb = normal_values<float>(200, 5), gh = normal_values<float>(500, 6);
    linbreg<float, any<float>, quantile_law> method({.lambda = 0.1f, .target = 0.75f});
    parameter_list<float, any<float>> parameters;
    parameters.add_group({.name = "weights", .regularizer = l1{}});
    parameters.add(weights, gw);
    parameters.add_group({.name = "bias", .regularizer = none{}});
    parameters.add(bias, gb);
    parameters.add_group({.name = "head", .regularizer = l1{}, .counted = false});
    parameters.add(head, gh);
    method.step(parameters);
    // 75 % of weights and bias together, all from the weights.
    BOOST_TEST(method.counts()[0].nonzeros == 1000 - 900);
    BOOST_TEST(method.counts()[1].nonzeros == 200);
    BOOST_TEST(method.counts()[2].nonzeros > 0);
    BOOST_TEST(method.counts()[2].nonzeros < 500);

    BOOST_TEST(method.lambda_for(parameters, 0.0f) == 0.0f);
    // Out of reach: the best is every weight.
    BOOST_TEST(method.lambda_for(parameters, 0.99f) == method.lambda_for(parameters, 1.0f));
}

BOOST_AUTO_TEST_CASE(kernels_and_scalars_together_reach_the_target_within_one_kernel) {
    auto kernels = normal_values<float>(40 * 30 * 5, 1), weights = normal_values<float>(1000, 2);
    const auto gk = normal_values<float>(6000, 3), gw = normal_values<float>(1000, 4);
    linbreg<float, any<float>, quantile_law> method({.lambda = 0.1f, .target = 0.9f});
    parameter_list<float, any<float>> parameters;
    parameters.add_group({.name = "kernels", .regularizer = group_kernels{}});
    parameters.add(as_tensor(kernels.data(), 6000, {{40, 30, 5}}), gk);
    parameters.add_group({.name = "weights", .regularizer = l1{}});
    parameters.add(weights, gw);
    method.step(parameters);
    const index_t zeros = 7000 - count_nonzeros(kernels) - count_nonzeros(weights);
    BOOST_TEST(std::abs(zeros - 6300) < 5);
    BOOST_TEST(method.counts()[0].nonzeros % 5 == 0);
}

// Neighbours in the order of |v| may be neighbours in floating point too.
BOOST_AUTO_TEST_CASE(adjacent_numbers_are_told_apart) {
    std::vector<float> theta;
    for (float x = 1; theta.size() < 64; x = std::nextafter(x, 2.0f)) theta.push_back(x);
    const std::vector<float> g(theta.size());
    for (int zeros = 1; zeros <= 64; ++zeros) {
        // theta starts with v = theta + 0 * p: |v| are adjacent numbers.
        auto x = theta;
        linbreg<float, l1, quantile_law> method({.lambda = 0, .target = float(zeros) / 64});
        method.step(x, g);
        BOOST_TEST(64 - std::ranges::count_if(x, [](float value) { return value != 0; }) == zeros);
    }
}

BOOST_AUTO_TEST_CASE(ties_become_zero_together) {
    std::vector<float> theta{1, 1, 1, 2}, g(4);
    linbreg<float, l1, quantile_law> method({.lambda = 0, .target = 0.25f});
    method.step(theta, g);
    BOOST_TEST(count_nonzeros(theta) == 1);
}

BOOST_AUTO_TEST_CASE(between_its_turns_lambda_stays) {
    linbreg<float, l1, quantile_law> method({.lambda = 0.1f, .target = 0.5f}, {}, {}, {}, quantile_law(3));
    auto theta = normal_values<float>(100, 1);
    for (int k = 1; k <= 9; ++k) {
        const float before = method.lambda();
        method.step(theta, normal_values<float>(100, std::uint64_t(k) + 1));
        BOOST_TEST((method.lambda() != before) == (k % 3 == 0));
        if (k % 3 == 0) BOOST_TEST(count_nonzeros(theta) == 50);
    }
}

namespace {

struct without_critical_lambda {
    static constexpr const char* name = "mine";
    template <class V>
    V value(const V& x) const {
        return abs(x);
    }
    template <class V>
    V subgradient(const V& x) const {
        return sign(x);
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return shrink(x, t);
    }
};

} // namespace

// Elements of weight 0 never vanish, whatever they are: lambda is for the others.
BOOST_AUTO_TEST_CASE(free_elements_are_never_critical) {
    using method = linbreg<float, weighted_l1<float>, quantile_law>;
    for (const float target : {0.25f, 0.5f, 0.75f, 1.0f}) {
        const std::vector<float> weights{0, 2, 0, 1, 1, 0, 0, 1}, g(8);
        std::vector<float> theta{0, 5, 1e-20f, 3, 1, -5, 1e20f, 2};
        method optimizer({.lambda = 0, .target = target}, {}, {}, weighted_l1<float>::of(weights));
        const auto report = optimizer.step(theta, g);
        BOOST_TEST((report.lambda > 0 && report.lambda < 10.0f), "target " << target << ", lambda " << report.lambda);
        const auto zeros = std::ranges::count(theta, 0.0f);
        BOOST_TEST(zeros == std::min<index_t>(1 + index_t(8 * target), 5)); // one is 0 by itself
        BOOST_TEST((theta[2] == 1e-20f && theta[5] == -5.0f && theta[6] == 1e20f));
    }
    const std::vector<float> all_free(8), g(8);
    std::vector<float> theta = normal_values<float>(8, 1);
    method optimizer({.lambda = 0.5f, .target = 0.9f}, {}, {}, weighted_l1<float>::of(all_free));
    BOOST_TEST(optimizer.step(theta, g).lambda == 0.0f);
    // and among many, which are searched with a hint
    std::vector<float> weights(5000, 1.0f), x = normal_values<float>(5000, 2);
    for (std::size_t i = 0; i < weights.size(); i += 2) weights[i] = 0;
    method large({.lambda = 0, .target = 0.45f}, {}, {}, weighted_l1<float>::of(weights));
    for (std::uint64_t k = 0; k < 5; ++k) {
        large.step(x, normal_values<float>(5000, 3 + k));
        BOOST_TEST(std::ranges::count(x, 0.0f) == 2250);
    }
    method beyond({.lambda = 0, .target = 0.9f}, {}, {}, weighted_l1<float>::of(weights));
    beyond.step(x, normal_values<float>(5000, 9));
    BOOST_TEST(std::ranges::count(x, 0.0f) == 2500);
}

BOOST_AUTO_TEST_CASE(misuse_is_refused) {
    CHECK_REFUSES(quantile_law(0), "every = 0; allowed: >= 1");
    CHECK_REFUSES(quantile_law{}(observation<float>{.step = 1}), "lambda_for = empty; allowed: a function");

    std::vector<float> theta{1, 2}, g(2);
    parameter_list<float, l1> parameters;
    parameters.add(theta, g);
    linbreg<float, l1, fixed_law> method;
    CHECK_REFUSES(method.lambda_for(parameters, 0.5f), "steps = 0; allowed: >= 1");
    method.step(parameters);
    CHECK_REFUSES(method.lambda_for(parameters, 1.5f), "sparsity = 1.5; allowed: [0, 1]");
    CHECK_REFUSES(method.lambda_for(parameters, NAN), "sparsity = nan");

    linbreg<float, without_critical_lambda, quantile_law> mine;
    CHECK_REFUSES(mine.step(theta, g),
                  "regularizer of group \"parameters\" = mine; allowed: one with `T critical_lambda(T v) const`");

    using method_type = linbreg<float, l1, quantile_law>;
    CHECK_REFUSES(method_type({.on_lambda_change = dual_rule::ratio}), "on_lambda_change = ratio");
}

// The nearest number of zeros would be all: a share below 1 leaves one.
BOOST_AUTO_TEST_CASE(a_target_below_one_leaves_something) {
    for (const float target : {0.9f, 0.99f, 1.0f}) {
        std::vector<float> theta{0.5f, 0, -0.25f, 0};
        linbreg<float, l1, quantile_law> method({.lambda = 0.1f, .target = target});
        for (int k = 0; k < 3; ++k) method.step(theta, std::vector<float>{1, -6, 0.5f, 0});
        BOOST_TEST(count_nonzeros(theta) == (target < 1 ? 1 : 0));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
