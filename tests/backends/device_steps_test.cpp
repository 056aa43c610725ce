// Steps that stay on the device (device_steps.hpp, step_state.hpp, chosen_law.hpp, resident_bodies.hpp,
// resident_selection.hpp, tensor_memory.hpp, read_back.hpp)
// against the Eigen backend and against steps that the host makes.
#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

#include <bregman/backends/thrust/device_steps.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/trust_ratio.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/regularizers/group_l2.hpp>

#include "twins.hpp"

namespace bregman::testing {

namespace {

template <class T>
using elements_backend = thrust_backend<T, thrust_path::elements>;

using simple = std::variant<none, l1>;
using grouped = std::variant<none, l1, group_rows, group_kernels>;

template <class T>
twins<T, simple> simple_model() {
    twins<T, simple> tensors;
    tensors.add_group({.name = "weights", .regularizer = l1{}});
    tensors.add({{1031}});
    tensors.add({{0}});
    tensors.add({{7, 9}});
    tensors.add_group({.name = "bias", .regularizer = none{}, .counted = false});
    tensors.add({{20}});
    tensors.add_group({.name = "head", .regularizer = l1{}, .lambda_scale = 0.5});
    tensors.add({{300}});
    return tensors;
}

twins<float, grouped> grouped_model() {
    twins<float, grouped> tensors;
    tensors.add_group({.name = "weights", .regularizer = l1{}});
    tensors.add({{2100}});
    tensors.add_group({.name = "bias", .regularizer = none{}});
    tensors.add({{20}});
    tensors.add_group({.name = "rows", .regularizer = group_rows{}, .lambda_scale = 0.5});
    tensors.add({{40, 70}});
    tensors.add({{33, 6}});
    tensors.add({{90, 30}, storage_order::column_major});
    tensors.add_group({.name = "kernels", .regularizer = group_kernels{}, .counted = false});
    tensors.add({{4, 8, 7, 7}});
    tensors.add({{50, 4}});
    return tensors;
}

template <class T, class R, class One, class Other>
void check_same_state(const twins<T, R>& model, One& here, Other& there) {
    BOOST_TEST(there.steps() == here.steps());
    BOOST_TEST(same_bits(there.lambda(), here.lambda()));
    BOOST_TEST(same_bits(there.sparsity(), here.sparsity()));
    BOOST_TEST(same_bits(there.dual(), here.dual()));
    BOOST_TEST(same_bits(there.group_lambdas(), here.group_lambdas()));
    BOOST_TEST(same_bits(there.last().lambda, here.last().lambda));
    for (std::size_t i = 0; i < model.size(); ++i) BOOST_TEST(same_bits(model.device_theta(i), model.theta(i)));
    for (std::size_t g = 0; g < here.counts().size(); ++g)
        BOOST_TEST(there.counts()[g].nonzeros == here.counts()[g].nonzeros);
}

/// Settings and state of a law, as text.
template <class T>
std::string fields_of(any_law<T> law) {
    std::ostringstream text;
    text.precision(17);
    law.visit([&](std::string_view name, const auto& value) {
        text << name << ' ';
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) text << value << ' ';
    });
    return text.str();
}

/// 200 steps with the law on the device have the bits of the Eigen backend, and so have the steps after them.
template <class Direction, class T, class Law>
void check_law(Law law, optimizer_settings<T> settings) {
    auto model = simple_model<T>();
    optimizer<Direction, euclidean<T>, simple, any_law<T>, eigen_backend<T>> here(settings, {}, {}, {}, law);
    optimizer<Direction, euclidean<T>, simple, Law, elements_backend<T>> there(settings, {}, {}, {}, law);
    device_steps steps(there, model.there);
    BOOST_TEST(steps.law_is_on_device());
    const T first = here.lambda();
    for (std::uint64_t k = 1; k <= 200; ++k) {
        model.draw(k);
        steps.set_loss(T(k));
        here.step(model.here, T(k));
        steps.step();
    }
    steps.finish();
    BOOST_TEST_CONTEXT("law " << policy_name(law)) {
        check_same_state(model, here, there);
        BOOST_TEST((policy_name(law) == "fixed" || here.lambda() != first));
        BOOST_TEST(fields_of<T>(there.law()) == fields_of<T>(here.law()));
    }
    model.draw(201); // the host goes on with what the device has left, the law's state included
    here.step(model.here);
    there.step(model.there);
    check_same_state(model, here, there);
}

/// What host steps on the same backend give, group norms and clipping included.
template <class Direction>
void check_against_host_steps(optimizer_settings<float> settings) {
    using method = optimizer<Direction, euclidean<float>, grouped, multiplicative_law<float>, elements_backend<float>>;
    auto one = grouped_model(), other = grouped_model();
    method by_host(settings), on_device(settings);
    device_steps steps(on_device, other.there);
    for (std::uint64_t k = 1; k <= 30; ++k) {
        one.draw(k), other.draw(k);
        by_host.step(one.there);
        steps.step();
    }
    steps.finish();
    BOOST_TEST(same_bits(on_device.dual(), by_host.dual()));
    BOOST_TEST(same_bits(on_device.lambda(), by_host.lambda()));
    BOOST_TEST(same_bits(on_device.last().gradient_norm, by_host.last().gradient_norm));
    for (std::size_t i = 0; i < one.size(); ++i) BOOST_TEST(same_bits(other.device_theta(i), one.device_theta(i)));
    for (std::size_t g = 0; g < 4; ++g) BOOST_TEST(on_device.counts()[g].nonzeros == by_host.counts()[g].nonzeros);
    BOOST_TEST(by_host.sparsity() > 0.1f);
    BOOST_TEST(by_host.sparsity() < 1.0f);
}

struct law_without_lambda {
    static constexpr bool runs_on_device = true;

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE float operator()(const observation<float, LambdaFor>& seen) const {
        return seen.step == 3 ? -1.0f : 2 * seen.lambda;
    }
};

struct whole_zero {
    template <class T>
    T value(const tensor_view<const T>&) const {
        return 0;
    }
    template <class T>
    void subgradient(const tensor_view<const T>&, const tensor_view<T>&) const {}
    template <class T>
    void prox(const tensor_view<T>&, T) const {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(steps_on_the_device)

BOOST_AUTO_TEST_CASE(every_device_law_has_the_bits_of_the_cpu) {
    const optimizer_settings<float> settings{.lambda = 0.05f, .target = 0.8f};
    for (const any_law<float>& law :
         {any_law<float>(fixed_law()),
          any_law<float>(multiplicative_law<float>({.zone = 0.05f, .max_relative_change = 0.2f})),
          any_law<float>(additive_law<float>({.every = 3})), any_law<float>(band_law<float>()),
          any_law<float>(pid_law<float>({.derivative = 0.1f, .warm_up = 5})), any_law<float>(nupi_law<float>()),
          any_law<float>(quantile_law(2)), any_law<float>(settling_law())})
        check_law<adam>(law, settings);
}

BOOST_AUTO_TEST_CASE(in_double_precision) {
    check_law<momentum>(pid_law<double>(), optimizer_settings<double>{.lambda = 0.05, .target = 0.8});
    check_law<momentum>(quantile_law(), optimizer_settings<double>{.lambda = 0.05, .target = 0.8});
    check_law<momentum>(settling_law(), optimizer_settings<double>{.lambda = 0.05, .target = 0.8});
}

BOOST_AUTO_TEST_CASE(groups_clipping_and_rules_as_by_the_host) {
    check_against_host_steps<gradient>({.lambda = 0.1f, .target = 0.6f, .clip_norm = 20});
    check_against_host_steps<gradient>(
        {.lambda = 0.1f, .target = 0.6f, .check_finite = false, .on_lambda_change = dual_rule::prox_rescaled});
    check_against_host_steps<with_decoupled_weight_decay<gradient>>({.lambda = 0.1f, .target = 0.6f});
    check_against_host_steps<with_leak<with_dual_weight_decay<gradient>>>({.lambda = 0.1f, .target = 0.6f});
}

BOOST_AUTO_TEST_CASE(directions_that_remember_tensors_as_by_the_host) {
    check_against_host_steps<with_decoupled_weight_decay<adam_mini>>(
        {.step_size = 0.05f, .lambda = 0.1f, .target = 0.6f, .clip_norm = 20, .check_finite = false});
    check_against_host_steps<with_leak<with_trust_ratio<momentum>>>({.step_size = 2, .lambda = 0.1f, .target = 0.6f});
}

BOOST_AUTO_TEST_CASE(a_frozen_support_stays_on_the_device) {
    const optimizer_settings<float> settings{.lambda = 0.05f, .target = 0.8f};
    auto model = simple_model<float>();
    using direction = with_weight_decay<with_freeze<momentum>>;
    optimizer<direction, euclidean<float>, simple, any_law<float>, eigen_backend<float>> here(settings, {}, {}, {},
                                                                                              quantile_law());
    optimizer<direction, euclidean<float>, simple, any_law<float>, elements_backend<float>> there(settings, {}, {}, {},
                                                                                                  quantile_law());
    device_steps steps(there, model.there);
    const auto both = [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t k = first; k < last; ++k) {
            model.draw(k);
            here.step(model.here), steps.step();
        }
        steps.finish();
        check_same_state(model, here, there);
    };
    both(1, 20);
    here.freeze(model.here), there.freeze(model.there);
    steps.resume();
    const float sparsity = here.sparsity();
    both(20, 40);
    BOOST_TEST(same_bits(there.sparsity(), sparsity));
    BOOST_TEST(there.lambda() == 0);
}

BOOST_AUTO_TEST_CASE(the_settling_law_is_asked_on_the_host_where_no_lambda_can_be_found) {
    device<float> theta(normal_values<float>(500, 1)), g(normal_values<float>(500, 2));
    for (const dual_rule rule : {dual_rule::keep, dual_rule::prox_rescaled}) {
        optimizer<gradient, euclidean<float>, l1, settling_law, elements_backend<float>> method(
            {.lambda = 0.1f, .target = 0.8f, .on_lambda_change = rule});
        parameter_list<float, l1> list;
        list.add(theta, g);
        device_steps steps(method, list);
        BOOST_TEST(steps.law_is_on_device() == (rule == dual_rule::keep));
        for (int k = 0; k < 3; ++k) steps.step();
        steps.finish();
        BOOST_TEST((std::abs(method.sparsity() - 0.8f) < 0.01f) ==
                   (rule == dual_rule::keep)); // .25 of the error a step
        BOOST_TEST(method.lambda() != 0.1f);
    }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_makes_no_step) {
    device<float> theta(normal_values<float>(500, 1)), g(normal_values<float>(500, 2));
    optimizer<adam, euclidean<float>, l1, quantile_law, elements_backend<float>> method({.lambda = 0.1f});
    parameter_list<float, l1> list;
    list.add(theta, g);
    device_steps steps(method, list);
    steps.step();
    steps.finish();
    const auto before = on_host(theta);
    const auto state = state_bytes(method);
    g[77] = std::numeric_limits<float>::quiet_NaN();
    steps.step();
    BOOST_TEST(steps.finish().refused);
    BOOST_TEST(same_bits(on_host(theta), before));
    BOOST_TEST((state_bytes(method) == state));
    g[77] = 1;
    steps.step();
    BOOST_TEST(!steps.finish().refused);
    BOOST_TEST(method.steps() == 2);
}

// ---- laws on the host --------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_law_on_the_host_is_asked_every_few_steps) {
    const auto law = [](const observation<float>& seen) { return seen.lambda * (1 + seen.target - seen.sparsity); };
    const auto every_fifth = [law](const observation<float>& seen) {
        return seen.step % 5 == 0 ? law(seen) : seen.lambda;
    };
    auto model = simple_model<float>();
    const optimizer_settings<float> settings{.lambda = 0.05f, .target = 0.8f, .on_lambda_change = dual_rule::ratio};
    optimizer<gradient, euclidean<float>, simple, any_law<float>, eigen_backend<float>> here(
        settings, {}, {}, {}, any_law<float>(every_fifth));
    optimizer<gradient, euclidean<float>, simple, std::remove_const_t<decltype(law)>, elements_backend<float>> there(
        settings, {}, {}, {}, law);
    device_steps steps(there, model.there, 5);
    BOOST_TEST(!steps.law_is_on_device());
    for (std::uint64_t k = 1; k <= 23; ++k) {
        model.draw(k);
        here.step(model.here);
        steps.step();
    }
    steps.finish();
    check_same_state(model, here, there);
    BOOST_TEST(here.lambda() != 0.05f);
}

BOOST_AUTO_TEST_CASE(a_lambda_for_each_group_is_the_hosts) {
    auto model = simple_model<float>();
    const optimizer_settings<float> settings{.lambda = 0.05f, .target = 0.8f, .scope = lambda_scope::each_group};
    optimizer<gradient, euclidean<float>, simple, any_law<float>, eigen_backend<float>> here(
        settings, {}, {}, {}, multiplicative_law<float>());
    optimizer<gradient, euclidean<float>, simple, multiplicative_law<float>, elements_backend<float>> there(settings);
    device_steps steps(there, model.there);
    BOOST_TEST(!steps.law_is_on_device());
    for (std::uint64_t k = 1; k <= 10; ++k) {
        model.draw(k);
        here.step(model.here);
        steps.step();
    }
    steps.finish();
    check_same_state(model, here, there);
    BOOST_TEST(there.group_lambdas()[0] != there.group_lambdas()[2]);
}

// ---- settings, reports, misuse -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(settings_change_between_steps) {
    auto model = simple_model<float>();
    optimizer<gradient, euclidean<float>, simple, any_law<float>, eigen_backend<float>> here(
        {.lambda = 0.05f}, {}, {}, {}, multiplicative_law<float>());
    optimizer<gradient, euclidean<float>, simple, multiplicative_law<float>, elements_backend<float>> there(
        {.lambda = 0.05f});
    device_steps steps(there, model.there);
    const auto both = [&](auto&& change) { change(here), change(steps); };
    for (std::uint64_t k = 1; k <= 12; ++k) {
        if (k == 4) both([](auto& method) { method.set_step_size(0.02f); });
        if (k == 6) both([](auto& method) { method.set_target(target_schedule<float>::list({0.5f, 0.7f})); });
        if (k == 9) both([](auto& method) { method.set_epoch(1); });
        model.draw(k);
        here.step(model.here);
        steps.step();
    }
    steps.finish();
    check_same_state(model, here, there);
    there.set_lambda(model.there, 0.5f);
    here.set_lambda(model.here, 0.5f);
    steps.resume();
    model.draw(13);
    here.step(model.here);
    steps.step();
    steps.finish();
    check_same_state(model, here, there);
}

BOOST_AUTO_TEST_CASE(a_report_arrives_with_its_step) {
    auto model = simple_model<float>();
    optimizer<gradient, euclidean<float>, simple, multiplicative_law<float>, elements_backend<float>> method(
        {.lambda = 0.05f});
    device_steps steps(method, model.there);
    BOOST_TEST(steps.known_report().step == 0);
    model.draw(1);
    steps.step();
    BOOST_TEST(steps.known_report().step == 0);
    steps.request_report();
    steps.step();
    BOOST_TEST(steps.known_report().step == 1); // of the request, not of the present
    steps.request_report();
    const auto seen = steps.known_report(), last = steps.finish();
    BOOST_TEST(seen.step == 2);
    BOOST_TEST(same_bits(seen.next_lambda, last.next_lambda));
    BOOST_TEST(same_bits(seen.sparsity, last.sparsity));
}

BOOST_AUTO_TEST_CASE(the_loop_of_the_documentation) {
    auto model = simple_model<float>();
    auto& parameters = model.there;
    optimizer<gradient, euclidean<float>, simple, multiplicative_law<float>, elements_backend<float>> optimizer(
        {.lambda = 0.05f});
    const auto write_gradients = [&](std::uint64_t k) { model.draw(k); };
    std::int64_t newest_step = 0;
    bregman::device_steps steps(optimizer, parameters); // makes the tables once
    for (std::uint64_t k = 0; k < 10; ++k) {
        write_gradients(k);
        steps.step();
        if (k % 5 == 0) steps.request_report();   // it arrives by itself
        const auto report = steps.known_report(); // the newest that has arrived; report.step says of when
        newest_step = report.step;
    }
    steps.finish(); // waits; lambda, law and counts are the optimizer's again
    BOOST_TEST(newest_step == 6);
    BOOST_TEST(optimizer.steps() == 10);
}

BOOST_AUTO_TEST_CASE(a_law_that_returns_no_lambda_is_reported) {
    auto model = simple_model<float>();
    optimizer<gradient, euclidean<float>, simple, law_without_lambda, elements_backend<float>> method(
        {.lambda = 0.25f});
    device_steps steps(method, model.there);
    model.draw(1);
    for (int k = 0; k < 3; ++k) steps.step();
    CHECK_REFUSES(steps.finish(), "lambda returned by the control law = -1");
    BOOST_TEST(method.lambda() == 1.0f); // as after the second step
}

BOOST_AUTO_TEST_CASE(what_needs_the_host_is_refused) {
    device<float> theta(normal_values<float>(50, 1)), g(normal_values<float>(50, 2));
    using regularizers = std::variant<l1, whole_zero>;
    using method = optimizer<gradient, euclidean<float>, regularizers, fixed_law, elements_backend<float>>;
    const auto steps_of = [&](const parameter_group<regularizers>& group, bool with_tensor = true) {
        parameter_list<float, regularizers> list;
        list.add_group(group);
        if (with_tensor) list.add(theta, g);
        method optimizer;
        device_steps steps(optimizer, list);
    };
    CHECK_REFUSES(steps_of({.name = "a", .least_density = 0.1}), "least_density of group \"a\" = 0.1; allowed: 0");
    CHECK_REFUSES(steps_of({.name = "a", .regularizer = whole_zero{}}), "regularizer of group \"a\"");
    CHECK_REFUSES(steps_of({}, false), "number of parameters = 0");
}

// ---- the quantile ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
