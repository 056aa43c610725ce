// warm_up, rate_limit, damp_near_target and start_at_quantile around any law, and around each other.
#include <map>
#include <sstream>

#include <bregman/bregman.hpp>
#include <bregman/control/common_settings.hpp>
#include <bregman/control/modified_law.hpp>

#include "support/checks.hpp"
#include "support/observations.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

const auto twice = [](const observation<double>& seen) { return 2 * seen.lambda; };
const auto half = [](const observation<double>& seen) { return seen.lambda / 2; };

/// Counts its calls, and says so in a checkpoint.
struct counting_law {
    static constexpr const char* name = "counting";
    std::int64_t calls = 0;
    double operator()(const observation<double>& seen) { return ++calls, seen.lambda; }
    template <class Field>
    void visit(Field&& field) {
        field("calls", calls);
    }
};

template <class Law>
std::map<std::string, double> fields_of(Law law) {
    std::map<std::string, double> fields;
    law.visit([&](std::string_view name, const auto& value) {
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
            fields[std::string(name)] = double(value);
    });
    return fields;
}

observation<double> from_optimizer(std::int64_t step, double lambda, double found) {
    observation<double> seen = reading(0.5, lambda, step);
    seen.lambda_for = [found](double target) { return target == 0.9 ? found : -1; };
    return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(modified_laws)

BOOST_AUTO_TEST_CASE(warm_up_keeps_lambda_and_does_not_call_the_law) {
    auto law = warm_up(counting_law{}, 3);
    for (std::int64_t step = 1; step <= 5; ++step) law(reading(0.5, 1.0, step));
    BOOST_TEST(law.law().calls == 2);
    auto doubling = warm_up(twice, 3);
    for (std::int64_t step = 1; step <= 5; ++step) BOOST_TEST(doubling(reading(0.5, 1.0, step)) == (step <= 3 ? 1 : 2));
    CHECK_REFUSES(warm_up(twice, -1), "warm-up steps = -1; allowed: >= 0");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rate_limit_holds_one_change_within_the_factor, T, scalars) {
    auto up = rate_limit([](const observation<T>& seen) { return 2 * seen.lambda; }, 1.25);
    auto down = rate_limit([](const observation<T>& seen) { return seen.lambda / 2; }, 1.25);
    auto slow = rate_limit([](const observation<T>& seen) { return seen.lambda * T(1.125); }, 1.25);
    BOOST_TEST(up(reading<T>(0, T(4))) == T(5));
    BOOST_TEST(down(reading<T>(0, T(5))) == T(4));
    BOOST_TEST(slow(reading<T>(0, T(4))) == T(4.5));
}

BOOST_AUTO_TEST_CASE(rate_limit_lets_lambda_leave_zero_and_shows_nan) {
    BOOST_TEST(rate_limit([](const observation<double>&) { return 3.0; }, 1.1)(reading(0.5, 0.0)) == 3.0);
    BOOST_TEST(std::isnan(rate_limit([](const observation<double>&) { return NAN; }, 1.1)(reading(0.5))));
    for (double bad : {1.0, 0.5, double(NAN), double(INFINITY)}) CHECK_REFUSES(rate_limit(twice, bad), "rate limit = ");
}

BOOST_AUTO_TEST_CASE(damping_makes_a_share_of_the_change_inside_its_zone) {
    auto law = damp_near_target(twice, 0.125, 0.25);
    BOOST_TEST(law(reading(0.7, 4.0, 1, 0.75)) == 5.0); // 4 + (8 - 4) / 4
    BOOST_TEST(law(reading(0.8, 4.0, 1, 0.75)) == 5.0);
    BOOST_TEST(law(reading(0.625, 4.0, 1, 0.75)) == 8.0); // |e| = zone is outside
    CHECK_REFUSES(damp_near_target(twice, 0.0, 0.1), "zone = 0; allowed: (0, 1]");
    CHECK_REFUSES(damp_near_target(twice, 0.1, 1.0), "share = 1; allowed: (0, 1)");
}

BOOST_AUTO_TEST_CASE(the_start_is_made_once_and_at_once) {
    auto law = start_at_quantile(twice, 3);
    BOOST_TEST(law.acts_at_once); // so that the rule `ratio` is refused beforehand
    BOOST_TEST(law(from_optimizer(1, 0, 7)) == 0.0);
    BOOST_TEST(law(from_optimizer(2, 0, 7)) == 0.0);
    BOOST_TEST(law(from_optimizer(3, 0, 7)) == 7.0);
    BOOST_TEST(law.acts_at_once);
    BOOST_TEST(law(from_optimizer(4, 7, 9)) == 14.0);
    BOOST_TEST(!law.acts_at_once);
    CHECK_REFUSES(start_at_quantile(twice, 0), "at_step = 0; allowed: >= 1");
    CHECK_REFUSES(start_at_quantile(twice)(reading(0.5)), "lambda_for = empty; allowed: a function");
}

BOOST_AUTO_TEST_CASE(a_start_that_was_missed_is_made_at_the_first_call) {
    auto law = warm_up(start_at_quantile(half), 5);
    for (std::int64_t step = 1; step <= 5; ++step) BOOST_TEST(law(from_optimizer(step, 1, 7)) == 1.0);
    BOOST_TEST(law(from_optimizer(6, 1, 7)) == 7.0);
    BOOST_TEST(law.acts_at_once);
    BOOST_TEST(law(from_optimizer(7, 7, 9)) == 3.5);
    BOOST_TEST(!law.acts_at_once);
}

BOOST_AUTO_TEST_CASE(names_lambda_0_and_acts_at_once_come_from_the_law_inside) {
    const auto law = warm_up(rate_limit(quantile_law(), 1.5), 10);
    BOOST_TEST(law.name == "warm_up(rate_limit(quantile))");
    BOOST_TEST(law.acts_at_once);
    BOOST_TEST(damp_near_target(twice, 0.1, 0.1).name == "damp_near_target(custom)");
    CHECK_REFUSES(warm_up(pid_law<double>(), 5).validate(0.0), "lambda = 0; allowed: [minimum, maximum]");
    BOOST_CHECK_NO_THROW(warm_up(twice, 5).validate(0.0));
    BOOST_CHECK_NO_THROW(start_at_quantile(pid_law<double>()).validate(0.0));
    BOOST_CHECK_NO_THROW(rate_limit(start_at_quantile(pid_law<double>()), 2).validate(0.0));
}

BOOST_AUTO_TEST_CASE(state_of_rule_and_law_is_named_once_each) {
    auto law = start_at_quantile(warm_up(counting_law{5}, 20), 3);
    const auto fields = fields_of(law);
    const std::map<std::string, double> expected{
        {"at_step", 3}, {"waiting", 1}, {"law.steps", 20}, {"law.law.calls", 5}};
    BOOST_TEST((fields == expected));
}

BOOST_AUTO_TEST_CASE(any_law_shows_acts_at_once_as_it_changes) {
    any_law<double> law = start_at_quantile(twice, 2);
    BOOST_TEST(law.name == "start_at_quantile(custom)");
    BOOST_TEST(law.acts_at_once);
    law(from_optimizer(1, 0, 7));
    law(from_optimizer(2, 0, 7));
    BOOST_TEST(law.acts_at_once);
    law(from_optimizer(3, 7, 7));
    BOOST_TEST(!law.acts_at_once);
    const any_law<double> copy = law;
    BOOST_TEST(!copy.acts_at_once);
}

// From lambda 0 to the target in one step, whatever the target, the optimizer and the scale of its gradients.
BOOST_AUTO_TEST_CASE(no_lambda_0_has_to_be_known) {
    const auto check = [](auto method, double scale) {
        auto theta = normal_values<float>(1000, 1);
        const float target = method.target();
        const auto report = method.step(theta, normal_values<float>(1000, 2, scale));
        BOOST_TEST(report.lambda == method.lambda()); // which theta was made with
        BOOST_TEST(report.sparsity == target, boost::test_tools::tolerance(1e-6f));
        BOOST_TEST(method.lambda() > 0.0f);
        method.step(theta, normal_values<float>(1000, 3, scale));
        BOOST_TEST(!method.law().acts_at_once); // the law inside goes on
    };
    const auto law = start_at_quantile(multiplicative_law<float>());
    for (float target : {0.5f, 0.9f, 0.99f})
        for (double scale : {1e-3, 1.0, 1e3}) {
            check(make_linbreg<float>({.lambda = 0, .target = target}, law), scale);
            check(make_adabreg<float>({.lambda = 0, .target = target}, law), scale);
        }
    CHECK_REFUSES((make_linbreg<float>({.on_lambda_change = dual_rule::ratio}, law)), "on_lambda_change = ratio");
}

BOOST_AUTO_TEST_CASE(each_group_finds_its_own_start) {
    auto small = normal_values<float>(400, 1), large = normal_values<float>(600, 2, 100);
    const auto small_slope = normal_values<float>(400, 3), large_slope = normal_values<float>(600, 4, 100);
    parameter_list<float, l1> parameters;
    parameters.add_group({.name = "small"});
    parameters.add(small, small_slope);
    parameters.add_group({.name = "large"});
    parameters.add(large, large_slope);
    auto method = make_linbreg<float>({.lambda = 0, .target = 0.75f, .scope = lambda_scope::each_group},
                                      start_at_quantile(fixed_law{}));
    method.step(parameters);
    BOOST_TEST(count_nonzeros(small) == 100);
    BOOST_TEST(count_nonzeros(large) == 150);
}

BOOST_AUTO_TEST_CASE(the_optimizer_refuses_a_nan_from_within) {
    auto method =
        make_linbreg<float>({}, warm_up(rate_limit([](const observation<float>&) { return float(NAN); }, 2), 0));
    auto theta = normal_values<float>(10, 1);
    CHECK_REFUSES(method.step(theta, normal_values<float>(10, 2)), "lambda returned by the control law = nan");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
