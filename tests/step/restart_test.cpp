// theta that somebody else has changed, tensors that come late or take no part, and learning rates of groups.
#include <algorithm>
#include <cmath>
#include <variant>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

/// Two tensors, each in a group, with gradients that a test may take away.
struct two_tensors {
    std::vector<float> first = normal_values<float>(300, 1), second = normal_values<float>(240, 2);
    std::vector<float> first_slope = normal_values<float>(300, 3), second_slope = normal_values<float>(240, 4);
    parameter_list<float, common_regularizers> list;

    two_tensors() {
        list.add_group({.name = "first", .regularizer = l1{}});
        list.add(first, first_slope);
        list.add_group({.name = "second", .regularizer = group_rows{}});
        list.add_view(second.data(), second_slope.data(), {{20, 12}});
    }
    /// New values in place, for the list points to this memory.
    static void fill(std::vector<float>& memory, std::uint64_t seed) {
        std::ranges::copy(normal_values<float>(index_t(memory.size()), seed), memory.begin());
    }
    void draw(int step) {
        fill(first_slope, std::uint64_t(10 + step));
        fill(second_slope, std::uint64_t(1000 + step));
    }
    void take_away_second() { list.rebind(1, second.data(), nullptr); }
    void give_back_second() { list.rebind(1, second.data(), second_slope.data()); }
};

template <class Method>
std::vector<float> dual_of_second(const Method& method) {
    const auto v = method.dual();
    return {v.begin() + 300, v.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(restarts)

// ---- theta from outside --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_theta_changed_outside_is_undone_without_a_restart) {
    std::vector<double> theta{0.5, 0, -0.2}, g(3);
    linbreg<double, l1, fixed_law> method({.lambda = 0.1});
    method.step(theta, g);
    theta = {2, -1, 0};
    method.step(theta, g);
    check_close(theta, std::vector{0.5, 0.0, -0.2}, tolerance<double>::rounding);
}

BOOST_AUTO_TEST_CASE(a_restart_takes_theta_as_it_is) {
    std::vector<double> theta{0.5, 0, -0.2, 0}, g(4);
    linbreg<double, l1, fixed_law> method({.lambda = 0.1}, {}, {.delta = 2});
    method.restart_from(theta); // before the first step there is nothing to do
    BOOST_TEST(method.size() == 0);
    method.step(theta, g);
    theta = {2, -1, 0, 0};
    method.restart_from(theta);
    check_close(theta, std::vector{2.0, -1.0, 0.0, 0.0}, 0);
    check_close(method.dual(), std::vector{1.1, -0.6, 0.0, 0.0},
                tolerance<double>::rounding); // theta / delta + lambda p
    BOOST_TEST(method.sparsity() == 0.5);
    BOOST_TEST(method.steps() == 1);
    method.step(theta, g);
    check_close(theta, std::vector{2.0, -1.0, 0.0, 0.0}, tolerance<double>::rounding);
}

BOOST_AUTO_TEST_CASE(a_restart_of_a_list_keeps_moments_and_lambda) {
    two_tensors a, b;
    linbreg_momentum<float, common_regularizers> method({.step_size = 0.1f, .lambda = 0.3f}, {.beta = 0.5});
    for (int k = 0; k < 4; ++k) a.draw(k), method.step(a.list);
    const float lambda = method.lambda();
    two_tensors::fill(a.first, 77);
    b.first = a.first;
    method.restart_from(a.list);
    BOOST_TEST(same_bits(a.first, b.first));
    BOOST_TEST(method.lambda() == lambda);
    BOOST_TEST(method.steps() == 4);
    BOOST_TEST(method.counts()[0].nonzeros == count_nonzeros(a.first));
    BOOST_TEST(method.counts()[1].nonzeros == count_nonzeros(a.second));
    BOOST_TEST(method.distance_from_image(a.list) < 1e-5);
    // With a gradient of zero half of the momentum is left: v moves by that alone.
    std::ranges::fill(a.first_slope, 0.0f);
    const auto v = method.dual();
    method.step(a.list);
    BOOST_TEST(!same_bits(method.dual(), v));
    BOOST_TEST(method.steps() == 5);
}

BOOST_AUTO_TEST_CASE(the_image_is_compared_with_theta) {
    two_tensors m;
    adabreg<float, common_regularizers, quantile_law> method({.lambda = 0.3f});
    BOOST_TEST(method.distance_from_image(m.list) == 0.0);
    for (int k = 0; k < 4; ++k) {
        m.draw(k), method.step(m.list);
        const auto first = m.first;
        const std::string state = state_bytes(method);
        BOOST_TEST(method.distance_from_image(m.list) <= 1e-6);
        method.require_image(m.list);
        BOOST_TEST(same_bits(m.first, first));
        BOOST_TEST((state_bytes(method) == state));
    }
    m.second[7] += 0.25f;
    BOOST_TEST(std::abs(method.distance_from_image(m.list) - 0.25) < 1e-5);
    BOOST_TEST(m.second[7] != 0.0f);
    CHECK_REFUSES(method.require_image(m.list), "distance of theta from the image of v = 0.25");
    m.first[3] = NAN;
    BOOST_TEST(std::isinf(method.distance_from_image(m.list)));
    BOOST_TEST(std::isnan(m.first[3])); // each tensor is as it was, the first one too

    std::vector<float> theta(5, 1.0f), g(5, 1.0f);
    linbreg<float> single({.lambda = 0.1f});
    single.step(theta, g);
    single.require_image(theta);
    theta[2] = 3;
    CHECK_REFUSES(single.require_image(theta), "call restart_from(theta) after changing theta");
    single.restart_from(theta);
    single.require_image(theta);
    linbreg<float> ratio({.lambda = 0.1f, .on_lambda_change = dual_rule::ratio});
    CHECK_REFUSES(ratio.distance_from_image(theta), "on_lambda_change = ratio; allowed: keep or prox_rescaled");
}

BOOST_AUTO_TEST_CASE(theta_with_decoupled_decay_is_its_image_too) {
    auto theta = normal_values<float>(100, 1);
    optimizer<with_decoupled_weight_decay<adam>, euclidean<float>, l1, fixed_law, eigen_backend<float>> method(
        {.lambda = 0.1f}, {{}, 3.0});
    method.step(theta, normal_values<float>(100, 2));
    BOOST_TEST(method.distance_from_image(theta) <= 1e-6);
}

// ---- tensors without a gradient ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_tensor_without_a_gradient_stays) {
    two_tensors m;
    adabreg<float, common_regularizers> method({.lambda = 0.3f, .target = 0.99f});
    for (int k = 0; k < 3; ++k) m.draw(k), method.step(m.list);
    const auto theta = m.second;
    const auto v = dual_of_second(method);
    const index_t nonzeros = method.counts()[1].nonzeros;
    m.take_away_second();
    for (int k = 3; k < 30; ++k) m.draw(k), method.step(m.list);
    BOOST_TEST(same_bits(m.second, theta));
    BOOST_TEST(same_bits(dual_of_second(method), v));
    BOOST_TEST(method.counts()[1].nonzeros == nonzeros);
    BOOST_TEST(method.lambda() > 0.3f);
    BOOST_TEST(method.steps() == 30);
    // It goes on as if the steps in between had not been: Adam's correction counts its own.
    m.give_back_second();
    m.draw(30), method.step(m.list);
    two_tensors alone;
    adabreg<float, common_regularizers> other({.lambda = 0.3f, .target = 0.99f});
    for (int k : {0, 1, 2, 30}) alone.draw(k), other.step(alone.list);
    BOOST_TEST(same_bits(dual_of_second(method), dual_of_second(other)));
}

BOOST_AUTO_TEST_CASE(a_tensor_that_comes_late_starts_from_what_it_is_then) {
    two_tensors m;
    adabreg<float, common_regularizers, any_law<float>> method({.lambda = 0.3f}, {}, {}, {}, fixed_law());
    m.take_away_second();
    for (int k = 0; k < 3; ++k) m.draw(k), method.step(m.list);
    BOOST_TEST(method.counts()[1].nonzeros == 240);
    BOOST_TEST(method.counts()[0].nonzeros == count_nonzeros(m.first));
    two_tensors::fill(m.second, 55); // a checkpoint that was loaded in the meantime
    m.give_back_second();
    two_tensors fresh;
    two_tensors::fill(fresh.second, 55);
    adabreg<float, common_regularizers, any_law<float>> other({.lambda = method.lambda()}, {}, {}, {}, fixed_law());
    m.draw(9), fresh.draw(9);
    method.step(m.list), other.step(fresh.list);
    BOOST_TEST(same_bits(dual_of_second(method), dual_of_second(other)));
    BOOST_TEST(same_bits(m.second, fresh.second));
}

BOOST_AUTO_TEST_CASE(lambda_for_leaves_out_what_takes_no_part) {
    two_tensors m;
    adabreg<float, common_regularizers, quantile_law> method({.lambda = 0.3f, .target = 0.5f});
    std::ranges::fill(m.second, 0.0f); // 240 zeros that nobody moves
    m.take_away_second();
    for (int k = 0; k < 3; ++k) {
        m.draw(k);
        const auto report = method.step(m.list);
        BOOST_TEST(count_nonzeros(m.first) == 270); // with 30 zeros of its own it is half of 540
        BOOST_TEST(report.sparsity == 0.5f);
    }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_matters_only_where_it_takes_part) {
    two_tensors m;
    linbreg<float, common_regularizers> method({.lambda = 0.3f, .clip_norm = 1});
    m.second_slope[5] = NAN;
    BOOST_TEST(method.step(m.list).refused);
    m.take_away_second();
    const auto report = method.step(m.list);
    BOOST_TEST(!report.refused);
    double squares = 0;
    for (const float x : m.first_slope) squares += double(x) * double(x);
    BOOST_TEST(std::abs(report.gradient_norm - std::sqrt(squares)) < 1e-4);
}

// ---- lists that grow, learning rates of groups ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_list_may_grow_at_its_end) {
    two_tensors m;
    adabreg<float, common_regularizers, any_law<float>> method({.lambda = 0.3f}, {}, {}, {}, fixed_law());
    for (int k = 0; k < 3; ++k) m.draw(k), method.step(m.list);
    const auto v = method.dual();
    std::vector<float> third = normal_values<float>(50, 5), third_slope(50), fourth(10, 1.0f), fourth_slope(10);
    m.list.add_view(third.data(), third_slope.data(), {{50}}, 0); // to a group that was there
    m.list.add_group({.name = "fourth", .regularizer = none{}});
    m.list.add(fourth, fourth_slope);
    std::ranges::fill(m.first_slope, 0.0f), std::ranges::fill(m.second_slope, 0.0f);
    const auto before = third;
    const float lambda = method.lambda();
    method.step(m.list);
    check_close(third, before, tolerance<float>::rounding * 4); // a gradient of zero leaves a start where it was
    check_close(fourth, std::vector<float>(10, 1.0f), 0);
    BOOST_TEST(method.size() == 600);
    BOOST_TEST(std::abs(method.dual()[540] - (before[0] + (before[0] > 0 ? lambda : -lambda))) < 1e-6f);
    BOOST_TEST(method.counts().size() == 3u);
    BOOST_TEST(method.counts()[0].size == 350);
    BOOST_TEST(method.counts()[2].name == "fourth");

    two_tensors shorter;
    CHECK_REFUSES(method.step(shorter.list), "number of tensors = 2; allowed: those of the first step, 4");
}

BOOST_AUTO_TEST_CASE(a_group_has_a_step_size_of_its_own) {
    two_tensors m, slow, fast;
    m.list.set_step_size(1, 0.5);
    linbreg<float, common_regularizers, fixed_law> method({.step_size = 0.1f, .lambda = 0.3f}),
        one({.step_size = 0.1f, .lambda = 0.3f}), other({.step_size = 0.5f, .lambda = 0.3f});
    for (int k = 0; k < 3; ++k) {
        m.draw(k), slow.draw(k), fast.draw(k);
        method.step(m.list), one.step(slow.list), other.step(fast.list);
    }
    BOOST_TEST(same_bits(m.first, slow.first));
    BOOST_TEST(same_bits(m.second, fast.second));
    m.list.set_step_size(1, 0); // still
    const auto theta = m.second;
    const auto v = dual_of_second(method);
    m.draw(7), method.step(m.list);
    BOOST_TEST(same_bits(m.second, theta));
    BOOST_TEST(same_bits(dual_of_second(method), v));
    m.list.set_step_size(1, {}); // the optimizer's again
    method.set_step_size(0);
    const auto all = method.dual();
    m.draw(8), method.step(m.list);
    BOOST_TEST(same_bits(method.dual(), all));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
