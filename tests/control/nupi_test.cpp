// nuPI control, as a function of a list of observations.
#include <bregman/control/nupi.hpp>

#include "support/checks.hpp"
#include "support/observations.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using law = nupi_law<double>;
using settings = nupi_settings<double>;

constexpr double rounding = 1e-13;
const std::vector<double> sparsities{0.5, 0.7, 1.0, 0.95, 0.85, 0.9, 0.2};

std::vector<double> logs(std::vector<double> lambdas) {
    for (double& lambda : lambdas) lambda = std::log(lambda);
    return lambdas;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nupi)

BOOST_AUTO_TEST_CASE(by_hand) {
    law l({.proportional = 2, .integral = 0.5, .nu = 0.5});
    // e: .4, .2; xi: .2, .2; log lambda: .2 + 2 * .2, + .1 + 0
    check_close(logs(lambdas(l, {0.5, 0.7})), std::vector{0.6, 0.7}, rounding);
}

// log lambda_{t+1} = log lambda_0 + kappa_P xi_t + kappa_I (e_0 + ... + e_t): the form of the publication.
BOOST_AUTO_TEST_CASE(increments_add_up_to_the_published_form) {
    law l({.proportional = 0.7, .integral = 0.3, .nu = 0.8});
    const auto seen = logs(lambdas(l, sparsities, 2));
    double average = 0, sum = 0;
    for (std::size_t k = 0; k < sparsities.size(); ++k) {
        const double error = 0.9 - sparsities[k];
        average = 0.8 * average + 0.2 * error, sum += error;
        BOOST_TEST(std::abs(seen[k] - (std::log(2) + 0.7 * average + 0.3 * sum)) <= rounding);
    }
}

// Its Theorem 1: nu = beta, kappa_I = a / (1 - beta), kappa_P = -a beta / (1 - beta)^2 is Polyak's momentum.
BOOST_AUTO_TEST_CASE(momentum_is_a_special_case) {
    const double a = 0.1, beta = 0.6;
    law l({.proportional = -a * beta / ((1 - beta) * (1 - beta)), .integral = a / (1 - beta), .nu = beta});
    const auto seen = logs(lambdas(l, sparsities));
    double momentum = 0, expected = 0;
    for (std::size_t k = 0; k < sparsities.size(); ++k) {
        momentum = beta * momentum + a * (0.9 - sparsities[k]);
        expected += momentum;
        BOOST_TEST(std::abs(seen[k] - expected) <= rounding);
    }
}

BOOST_AUTO_TEST_CASE(it_leaves_a_bound_at_the_first_opposite_error) {
    law l({.proportional = 0, .integral = 1, .maximum = 2});
    double lambda = 1;
    for (std::int64_t step = 1; step <= 1000; ++step) lambda = l(reading(0.4, lambda, step));
    BOOST_TEST(lambda == 2.0);
    BOOST_TEST(l(reading(0.95, lambda, 1001)) < 2.0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lambda_changes_tenfold_in_the_time_that_the_gain_says, T, scalars) {
    nupi_law<T> l({.proportional = 0, .integral = T(0.5)});
    T lambda = 1;
    int updates = 0;
    while (lambda < T(10)) lambda = l(reading<T>(T(0.5), lambda, ++updates)); // e = .4
    BOOST_TEST(updates == int(std::ceil(std::log(10.0) / (0.5 * 0.4))));
}

BOOST_AUTO_TEST_CASE(it_acts_every_nth_step_after_the_warm_up) {
    law l({.every = 3, .warm_up = 4});
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
    CHECK_REFUSES(with(&settings::proportional, NAN), "proportional = nan; allowed: finite");
    CHECK_REFUSES(with(&settings::integral, -1.0), "integral = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::nu, 1.0), "nu = 1; allowed: [0, 1)");
    CHECK_REFUSES(with(&settings::every, 0), "every = 0");
    CHECK_REFUSES(with(&settings::warm_up, -1), "warm_up = -1");
    CHECK_REFUSES(with(&settings::minimum, 0.0), "minimum = 0; allowed: > 0");
    CHECK_REFUSES(with(&settings::maximum, INFINITY), "maximum = inf");
    CHECK_REFUSES(law{}(reading<double>(NAN)), "sparsity = nan");
    CHECK_REFUSES(law{}.validate(0), "lambda = 0; allowed: [minimum, maximum]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
