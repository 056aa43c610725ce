// PI and PID control of log lambda, as a function of a list of observations.
#include <algorithm>
#include <sstream>

#include <bregman/control/pid.hpp>

#include "support/checks.hpp"
#include "support/observations.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using law = pid_law<double>;
using settings = pid_settings<double>;

constexpr double rounding = 1e-13;

std::vector<double> logs(std::vector<double> lambdas) {
    for (double& lambda : lambdas) lambda = std::log(lambda);
    return lambdas;
}

/// Updates after which lambda leaves its maximum, once the error has turned round after this many at the maximum.
int updates_to_leave_the_maximum(anti_windup rule, int saturated) {
    settings s;
    s.proportional = 0, s.integral = 1, s.maximum = 2, s.on_saturation = rule, s.tracking = 0.5;
    law l(s);
    double lambda = 1;
    std::int64_t step = 0;
    for (int k = 0; k < saturated; ++k) lambda = l(reading(0.4, lambda, ++step)); // e = .5
    BOOST_REQUIRE(lambda == 2);
    int updates = 0;
    while (lambda == 2 && updates < 10000) lambda = l(reading(0.95, lambda, ++step)), ++updates; // e = -.05
    return updates;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pid)

BOOST_AUTO_TEST_CASE(the_integral_alone_adds_up_the_errors) {
    law l({.proportional = 0, .integral = 0.5});
    // errors .4, .2, -.1
    check_close(logs(lambdas(l, {0.5, 0.7, 1.0})), std::vector{0.2, 0.3, 0.25}, rounding);
}

BOOST_AUTO_TEST_CASE(the_proportional_part_answers_to_changes_of_the_error) {
    law l({.proportional = 2, .integral = 0});
    // errors .4, .2, .3: it starts without a jump, then moves by 2 (e - .4)
    check_close(logs(lambdas(l, {0.5, 0.7, 0.6})), std::vector{0.0, -0.4, -0.2}, rounding);
}

BOOST_AUTO_TEST_CASE(the_derivative_is_filtered_and_of_the_reading) {
    law l({.proportional = 0, .integral = 0, .derivative = 1, .derivative_filter = 0.5});
    // s_old - s: 0, -.2, .1; d: 0, -.1, 0
    check_close(logs(lambdas(l, {0.5, 0.7, 0.6})), std::vector{0.0, -0.1, 0.0}, rounding);
    law unfiltered({.proportional = 0, .integral = 0, .derivative = 1, .derivative_filter = 0});
    check_close(logs(lambdas(unfiltered, {0.5, 0.7, 0.6})), std::vector{0.0, -0.2, 0.1}, rounding);

    law kicked({.proportional = 0, .integral = 0, .derivative = 1, .derivative_filter = 0});
    BOOST_TEST(kicked(reading(0.5, 1.0, 1, 0.5)) == 1.0);
    BOOST_TEST(kicked(reading(0.5, 1.0, 2, 0.9)) == 1.0); // a new target, the same reading
}

BOOST_AUTO_TEST_CASE(all_three_together) {
    law l({.proportional = 1, .integral = 0.5, .derivative = 0.5, .derivative_filter = 0});
    // I: -.4 + .2, + .1, - .05 = -.2, -.1, -.15; K_P e: .4, .2, -.1; K_D d: 0, -.1, -.15
    check_close(logs(lambdas(l, {0.5, 0.7, 1.0})), std::vector{0.2, 0.0, -0.4}, rounding);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lambda_changes_tenfold_in_the_time_that_the_gain_says, T, scalars) {
    pid_law<T> l({.proportional = 0, .integral = T(0.5)});
    T lambda = 1;
    int updates = 0;
    while (lambda < T(10)) lambda = l(reading<T>(T(0.5), lambda, ++updates)); // e = .4
    BOOST_TEST(updates == int(std::ceil(std::log(10.0) / (0.5 * 0.4))));
}

BOOST_AUTO_TEST_CASE(after_a_long_saturation_only_a_wound_up_integral_stays) {
    // 1000 errors of .5 have wound the integral up by 500 - ln 2; errors of -.05 take 9986 updates to unwind it.
    BOOST_TEST(updates_to_leave_the_maximum(anti_windup::none, 1000) == int(std::ceil((500 - std::log(2)) / 0.05)));
    BOOST_TEST(updates_to_leave_the_maximum(anti_windup::conditional, 1000) <= 2);
    // It settles at an excess of integral * e / tracking - e = .5, which then falls by half per update.
    BOOST_TEST(updates_to_leave_the_maximum(anti_windup::back_calculation, 1000) <= 5);
    for (auto rule : {anti_windup::conditional, anti_windup::back_calculation})
        BOOST_TEST(updates_to_leave_the_maximum(rule, 10) == updates_to_leave_the_maximum(rule, 1000));
}

BOOST_AUTO_TEST_CASE(it_does_not_wind_up_at_the_minimum_either) {
    settings s;
    s.minimum = 0.5, s.proportional = 0, s.integral = 1;
    law l(s);
    double lambda = 1;
    for (std::int64_t step = 1; step <= 100; ++step) lambda = l(reading(1.0, lambda, step));
    BOOST_TEST(lambda == 0.5);
    lambda = l(reading(0.5, lambda, 101));
    lambda = l(reading(0.5, lambda, 102));
    BOOST_TEST(lambda > 0.5);
}

BOOST_AUTO_TEST_CASE(a_lambda_that_somebody_else_changed_is_taken_up_without_a_jump) {
    law l({.proportional = 1, .integral = 0.5});
    lambdas(l, {0.5, 0.6, 0.7});
    // The same reading as before, lambda moved to 7: only the integral adds to it.
    BOOST_TEST(std::abs(std::log(l(reading(0.7, 7.0, 4)) / 7) - 0.5 * 0.2) <= rounding);
    BOOST_TEST(l(reading(0.9, 0.0, 5)) >= l.get_settings().minimum); // 0 is taken for the minimum
}

BOOST_AUTO_TEST_CASE(it_acts_every_nth_step_after_the_warm_up) {
    law l({.integral = 1, .every = 3, .warm_up = 4});
    double lambda = 1;
    for (std::int64_t step = 1; step <= 12; ++step) {
        const double next = l(reading(0.5, lambda, step));
        BOOST_TEST((next != lambda) == (step == 6 || step == 9 || step == 12));
        lambda = next;
    }
}

BOOST_AUTO_TEST_CASE(bad_settings_and_readings_are_refused) {
    const auto with = [](auto member, auto value) {
        settings s;
        s.*member = value;
        return law(s);
    };
    CHECK_REFUSES(with(&settings::proportional, -1.0), "proportional = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::integral, -1.0), "integral = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::derivative, INFINITY), "derivative = inf");
    CHECK_REFUSES(with(&settings::derivative_filter, 1.0), "derivative_filter = 1; allowed: [0, 1)");
    CHECK_REFUSES(with(&settings::tracking, 0.0), "tracking = 0; allowed: (0, 1]");
    CHECK_REFUSES(with(&settings::every, 0), "every = 0");
    CHECK_REFUSES(with(&settings::warm_up, -1), "warm_up = -1");
    CHECK_REFUSES(with(&settings::minimum, 0.0), "minimum = 0; allowed: > 0");
    CHECK_REFUSES(with(&settings::maximum, 1e-9), "maximum = 1e-09; allowed: >= minimum");
    CHECK_REFUSES(law{}(reading(-0.5)), "sparsity = -0.5; allowed: [0, 1]");
    CHECK_REFUSES(law{}.validate(0), "lambda = 0; allowed: [minimum, maximum]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
