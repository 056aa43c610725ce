// Integral control of lambda itself, as a function of a list of observations.
#include <bregman/control/additive.hpp>

#include "support/checks.hpp"
#include "support/observations.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using law = additive_law<double>;
using settings = additive_settings<double>;

law with(auto member, auto value) {
    settings s;
    s.*member = value;
    return law(s);
}

} // namespace

BOOST_AUTO_TEST_SUITE(additive)

BOOST_AUTO_TEST_CASE(lambda_moves_by_the_gain_times_the_error) {
    law l({.gain = 0.5});
    // errors .4, .1, 0, -.1: sums .2, .25, .25, .2
    check_close(lambdas(l, {0.5, 0.8, 0.9, 1.0}), std::vector{1.2, 1.25, 1.25, 1.2}, tolerance<double>::rounding);
    additive_law<float> single({.gain = 0.5f});
    BOOST_TEST(std::abs(single(reading<float>(0.5f)) - 1.2f) <= tolerance<float>::rounding);
    BOOST_TEST(std::abs(law{}(reading(0.5)) - 1.004) <= tolerance<double>::rounding); // gain .01 by default
}

BOOST_AUTO_TEST_CASE(it_leaves_zero_and_never_goes_below) {
    law l({.gain = 1});
    check_close(lambdas(l, {1.0, 0.5}, 0.05), std::vector{0.0, 0.4}, tolerance<double>::rounding);
    BOOST_TEST(law({.gain = 1, .maximum = 1.2})(reading(0.5)) == 1.2);
}

BOOST_AUTO_TEST_CASE(it_acts_every_nth_step_after_the_warm_up) {
    const law l({.every = 3, .warm_up = 4});
    for (std::int64_t step = 1; step <= 12; ++step)
        BOOST_TEST((l(reading(0.5, 1.0, step)) != 1.0) == (step == 6 || step == 9 || step == 12));
}

BOOST_AUTO_TEST_CASE(bad_settings_and_readings_are_refused) {
    CHECK_REFUSES(with(&settings::gain, -0.1),
                  "gain = -0.1; allowed: >= 0 and finite; a negative gain has the wrong sign");
    CHECK_REFUSES(with(&settings::gain, NAN), "gain = nan");
    CHECK_REFUSES(with(&settings::every, 0), "every = 0; allowed: >= 1");
    CHECK_REFUSES(with(&settings::warm_up, -1), "warm_up = -1; allowed: >= 0");
    CHECK_REFUSES(with(&settings::minimum, -1e-3), "minimum = -0.001; allowed: >= 0");
    CHECK_REFUSES(with(&settings::maximum, INFINITY), "maximum = inf");
    CHECK_REFUSES(with(&settings::minimum, 2e3), "maximum = 1000; allowed: >= minimum");
    CHECK_REFUSES(law{}(reading(1.5)), "sparsity = 1.5; allowed: [0, 1]");
    CHECK_REFUSES(law{}(reading<double>(NAN)), "sparsity = nan");
    CHECK_REFUSES(law{}.validate(2e3), "lambda = 2000; allowed: [minimum, maximum]");
    BOOST_CHECK_NO_THROW(law{}.validate(0));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
