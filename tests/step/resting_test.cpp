// Tensors that take no part in a step, lists that have grown at their end, and lists that say something else of their groups.
#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// Two groups of a tensor each, whose memory lists refer to.
struct tensors_that_rest {
    std::vector<float> a = std::vector<float>(100), b = a, of_a = a, of_b = a;

    parameter_list<float, l1> list(bool b_is_counted = true, double scale_of_b = 1) {
        parameter_list<float, l1> both;
        both.add_group({.name = "a"});
        both.add(a, of_a);
        both.add_group({.name = "b", .lambda_scale = scale_of_b, .counted = b_is_counted});
        both.add(b, of_b);
        return both;
    }
    void draw(std::uint64_t step) {
        std::ranges::copy(normal_values<float>(100, 2 * step), of_a.begin());
        std::ranges::copy(normal_values<float>(100, 2 * step + 1), of_b.begin());
    }
};

const optimizer_settings<float> of_each{.lambda = 0.01f, .target = 0.9f, .scope = lambda_scope::each_group};

template <class Direction>
using fixed_method = optimizer<Direction, euclidean<float>, l1, fixed_law, eigen_backend<float>>;

} // namespace

BOOST_AUTO_TEST_SUITE(resting)

// Its law would see the same sparsity again, and the quantile of nothing.
BOOST_AUTO_TEST_CASE(a_group_at_rest_keeps_its_lambda) {
    tensors_that_rest data;
    auto list = data.list();
    linbreg<float, l1, quantile_law> method(of_each);
    for (std::uint64_t k = 1; k < 20; ++k) {
        data.draw(k);
        list.rebind(1, data.b.data(), k % 5 == 0 ? nullptr : data.of_b.data());
        const auto before = method.group_lambdas();
        method.step(list);
        BOOST_TEST(method.counts()[1].nonzeros == 10);
        if (k % 5 == 0) {
            BOOST_TEST(method.group_lambdas()[1] == before[1]);
            BOOST_TEST(method.group_lambdas()[0] != before[0]);
        }
    }
}

// With the default law, where what counts is at rest and something else goes on.
BOOST_AUTO_TEST_CASE(the_shared_lambda_stays_while_all_that_counts_is_at_rest) {
    tensors_that_rest data;
    auto list = data.list(false);
    linbreg<float> method({.lambda = 0.01f, .target = 0.9f});
    for (std::uint64_t k = 1; k <= 30; ++k) data.draw(k), method.step(list);
    const float lambda = method.lambda();
    method.set_target(0.95f);
    list.rebind(0, data.a.data(), nullptr);
    for (std::uint64_t k = 31; k <= 33; ++k) data.draw(k), method.step(list);
    BOOST_TEST(method.lambda() == lambda);
    BOOST_TEST(method.counts()[1].nonzeros < 50);
}

BOOST_AUTO_TEST_CASE(lambda_for_knows_the_zeros_of_a_tensor_at_rest_and_no_tensor_without_v) {
    tensors_that_rest data;
    for (std::size_t i = 0; i < 100; ++i) data.of_a[i] = -float(i + 1), data.of_b[i] = -float(i + 101); // v = 1 to 200
    auto list = data.list();
    fixed_method<gradient> method({.step_size = 1, .lambda = 0});
    method.step(list);
    list.rebind(0, data.a.data(), nullptr);
    BOOST_TEST(method.lambda_for(list, 0.4f) == 180.5f); // none of the first 100 is zero
    std::vector<float> more(50, 1.0f), of_more(50);
    list.add(more, of_more);
    CHECK_REFUSES(method.lambda_for(list, 0.4f), "steps of tensor 2 = 0; allowed: >= 1");
}

// The new tensor has neither v nor moments, and begins with the next step.
BOOST_AUTO_TEST_CASE(a_list_that_has_grown_can_be_frozen) {
    optimizer<with_freeze<adam>, euclidean<float>, l1, settling_law, eigen_backend<float>> method({.target = 0.5f});
    tensors_that_rest data;
    parameter_list<float, l1> list;
    list.add(data.a, data.of_a);
    for (std::uint64_t k = 1; k <= 5; ++k) data.draw(k), method.step(list);
    std::vector<float> more(5000), of_more(5000, 1.0f);
    for (std::size_t i = 0; i < more.size(); i += 2) more[i] = 1;
    list.add(more, of_more);
    const auto before = data.a;
    method.freeze(list);
    data.draw(6), method.step(list);
    for (std::size_t i = 0; i < before.size(); ++i) BOOST_TEST((data.a[i] == 0) == (before[i] == 0));
    BOOST_TEST(count_nonzeros(more) == 2500);
}

BOOST_AUTO_TEST_CASE(a_newcomer_at_rest_is_no_birth_and_hides_no_death) {
    fixed_method<with_turnover<gradient>> method({.step_size = 1, .lambda = 1});
    std::vector<float> theta{3, 3, 3, 3}, g(4), more(10, 1.0f);
    parameter_list<float, l1> list;
    list.add(theta, g);
    method.step(list);
    list.add_view(more.data(), nullptr, {{10}});
    g[0] = g[1] = 5; // two of four die
    const auto report = method.step(list);
    BOOST_TEST(report.births == 0);
    BOOST_TEST(report.deaths == 2);
    BOOST_TEST(method.counts()[0].nonzeros == 12);
}

BOOST_AUTO_TEST_CASE(another_list_of_the_same_shapes_may_count_other_groups) {
    tensors_that_rest data;
    const auto list = data.list(true), without_b = data.list(false);
    linbreg<float> method({.target = 0.5f});
    for (std::uint64_t k = 1; k <= 10; ++k) data.draw(k), method.step(list);
    for (std::uint64_t k = 11; k <= 60; ++k) {
        data.draw(k);
        for (float& g : data.of_b) g *= 5;
        method.step(without_b);
    }
    BOOST_TEST(!method.counts()[1].counted);
    BOOST_TEST(std::abs(method.sparsity() - (1 - float(method.counts()[0].nonzeros) / 100)) < 1e-6f);
    BOOST_TEST(std::abs(method.sparsity() - 0.5f) < 0.015f);
}

BOOST_AUTO_TEST_CASE(another_list_of_the_same_shapes_is_looked_at_all_the_same) {
    tensors_that_rest data;
    const auto list = data.list(), unregularized = data.list(true, 0);
    linbreg<float> method(of_each);
    data.draw(1), method.step(list);
    CHECK_REFUSES(method.step(unregularized), "lambda_scale of group \"b\" = 0; allowed: > 0, as it was");

    std::vector<float> theta(16, 1.0f), g(8);
    const auto pattern = [&](int n, int m) {
        parameter_list<float, n_of_m> of_eight;
        of_eight.add_group({.regularizer = {n, m}});
        of_eight.add_view(theta.data(), g.data(), {{8}});
        return of_eight;
    };
    linbreg<float, n_of_m, fixed_law> masked;
    masked.step(pattern(2, 4));
    CHECK_REFUSES(masked.step(pattern(1, 3)), "n_of_m.m = 3");
    BOOST_TEST(theta[8] == 1); // what lies behind the tensor
}

BOOST_AUTO_TEST_CASE(a_scale_that_is_trained_rests_with_its_group) {
    tensors_that_rest data;
    auto list = data.list();
    linbreg<float, l1, fixed_law> method({.lambda = 0.05f});
    trainable_scales scales({.rate = 0.1});
    for (std::uint64_t k = 1; k <= 30; ++k) {
        data.draw(k);
        list.rebind(1, data.b.data(), k > 10 ? nullptr : data.of_b.data());
        const auto before = scales.scales();
        scales.update(method, list), method.step(list);
        if (k > 11) BOOST_TEST(scales.scales()[1] == before[1]);
    }
    BOOST_TEST(scales.scales()[1] != 1);
}

// Nobody has touched it: it is the image of v at the lambda of its last step.
BOOST_AUTO_TEST_CASE(a_tensor_at_rest_is_not_taken_for_changed) {
    tensors_that_rest data;
    auto list = data.list();
    linbreg<float> method({.lambda = 0.01f, .target = 0.9f});
    for (std::uint64_t k = 1; k <= 30; ++k) {
        data.draw(k);
        list.rebind(1, data.b.data(), k >= 5 && k < 29 ? nullptr : data.of_b.data());
        method.step(list);
        BOOST_TEST(method.distance_from_image(list) < 1e-6);
    }
    data.b[7] += 1;
    BOOST_TEST(method.distance_from_image(list) > 0.9); // it takes part again
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
