// The paper's law alone, as a function of a list of observations.
#include <bregman/control/multiplicative.hpp>

#include "support/checks.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using law = multiplicative_law<double>;
using settings = multiplicative_settings<double>;

/// lambda after this reading; target .9 unless said otherwise.
double after(const law& l, double sparsity, double lambda = 1, std::int64_t step = 1, double target = 0.9) {
    observation<double> seen;
    seen.step = step;
    seen.lambda = lambda;
    seen.sparsity = sparsity;
    seen.target = target;
    return l(seen);
}

settings with_gain_1() {
    settings s;
    s.gain = 1;
    return s;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-14 * std::abs(b); }

} // namespace

BOOST_AUTO_TEST_SUITE(multiplicative)

BOOST_AUTO_TEST_CASE(unit_values_of_the_sources) {
    const law l(with_gain_1());
    BOOST_TEST(near(after(l, 0.5), 1.4));
    BOOST_TEST(std::abs(after(l, 0.99) - 0.917431192660) < 1e-12);
    BOOST_TEST(after(l, 0.9) == 1.0);
    BOOST_TEST(near(after(law{}, 0.5), 1.1)); // alpha .25 by default
}

BOOST_AUTO_TEST_CASE(unit_values_in_float) {
    multiplicative_settings<float> s;
    s.gain = 1;
    observation<float> seen;
    seen.step = 1, seen.lambda = 1, seen.sparsity = 0.5f, seen.target = 0.9f;
    BOOST_TEST(std::abs(multiplicative_law<float>(s)(seen) - 1.4f) <= tolerance<float>::rounding);
}

BOOST_AUTO_TEST_CASE(an_up_and_a_down_step_cancel) {
    const law l(with_gain_1());
    for (double error : {0.01, 0.2, 0.5, 0.85}) {
        const double up = after(l, 0.5 - error / 2, 3, 1, 0.5);
        BOOST_TEST(near(after(l, 0.5 + error / 2, up, 1, 0.5), 3.0));
    }
}

BOOST_AUTO_TEST_CASE(lambda_changes_every_f_th_step_after_the_warm_up) {
    settings s = with_gain_1();
    s.every = 5;
    s.warm_up = 10;
    const law l(s);
    for (std::int64_t step = 1; step <= 40; ++step) {
        const bool acts = step % 5 == 0 && step > 10;
        BOOST_TEST((after(l, 0.5, 1, step) != 1.0) == acts, "step " << step);
    }
}

BOOST_AUTO_TEST_CASE(inside_the_zone_the_gain_is_smaller_and_the_period_longer) {
    settings s = with_gain_1();
    s.every = 2;
    s.zone = 0.05;
    s.zone_gain_divisor = 4;
    s.zone_every = 3;
    const law l(s);
    BOOST_TEST(after(l, 0.86, 1, 2) == 1.0);              // inside: every 6 steps
    BOOST_TEST(near(after(l, 0.86, 1, 6), 1 + 0.04 / 4)); // and with alpha / 4
    BOOST_TEST(near(after(l, 0.94, 1, 6), 1 / (1 + 0.04 / 4)));
    BOOST_TEST(near(after(l, 0.84, 1, 2), 1.06)); // outside
    s.zone = 0.25;
    BOOST_TEST(near(after(law(s), 0.5, 1, 2, 0.75), 1.25)); // |e| = zeta is outside
    s.zone = 0;
    BOOST_TEST(near(after(law(s), 0.86, 1, 2), 1.04)); // 0 switches the zone off
}

BOOST_AUTO_TEST_CASE(one_change_can_be_limited) {
    settings s = with_gain_1();
    s.max_relative_change = 0.1;
    const law l(s);
    BOOST_TEST(near(after(l, 0.1, 2), 2.2));
    BOOST_TEST(near(after(l, 1.0, 2, 1, 0.1), 1.8));
    BOOST_TEST(near(after(l, 0.85, 2), 2.1)); // within the limit
}

BOOST_AUTO_TEST_CASE(lambda_stays_in_its_range) {
    settings s = with_gain_1();
    s.minimum = 0.5;
    s.maximum = 2;
    const law l(s);
    BOOST_TEST(after(l, 0.0, 1.9) == 2.0);
    BOOST_TEST(after(l, 1.0, 0.52, 1, 0.5) == 0.5);
    // Integral control without wind-up: it leaves the bound at the first opposite error.
    BOOST_TEST(after(l, 1.0, 2) < 2.0);
}

BOOST_AUTO_TEST_CASE(lambda_changes_tenfold_in_the_time_that_the_gain_says) {
    const law l(with_gain_1());
    for (double error : {0.05, 0.3, 0.8}) {
        double lambda = 1;
        int updates = 0;
        while (lambda < 10) lambda = after(l, 0.9 - error, lambda), ++updates;
        BOOST_TEST(updates == int(std::ceil(std::log(10) / std::log(1 + error))));
    }
}

BOOST_AUTO_TEST_CASE(defaults_and_the_papers_settings) {
    const settings s = law{}.get_settings();
    BOOST_TEST(s.gain == 0.25);
    BOOST_TEST(s.every == 1);
    BOOST_TEST(s.minimum == 1e-6);
    BOOST_TEST(s.maximum == 1e3);
    BOOST_TEST(s.zone == 0.0);
    BOOST_TEST(s.zone_gain_divisor == 5.0);
    BOOST_TEST(s.zone_every == 10);
    const settings paper = settings::of_paper();
    BOOST_TEST(paper.gain == 1.0);
    BOOST_TEST(paper.every == 50);
    BOOST_TEST(paper.minimum == 1e-12);
    BOOST_TEST(paper.maximum == 1e3);
    BOOST_TEST(paper.zone == 0.005);
    BOOST_TEST(paper.zone_gain_divisor == 10.0);
    BOOST_TEST(paper.zone_every == 2);
}

BOOST_AUTO_TEST_CASE(readings_out_of_range_are_refused) {
    const law l;
    CHECK_REFUSES(after(l, -0.1), "sparsity = -0.1; allowed: [0, 1]");
    CHECK_REFUSES(after(l, 1.1), "sparsity = 1.1");
    CHECK_REFUSES(after(l, NAN), "sparsity = nan");
    CHECK_REFUSES(after(l, INFINITY), "sparsity = inf");
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
    const auto with = [](auto member, auto value) {
        settings s;
        s.*member = value;
        return law(s);
    };
    CHECK_REFUSES(with(&settings::gain, -1.0), "gain = -1; allowed: >= 0 and finite");
    CHECK_REFUSES(with(&settings::gain, NAN), "gain = nan");
    CHECK_REFUSES(with(&settings::every, 0), "every = 0; allowed: >= 1");
    CHECK_REFUSES(with(&settings::minimum, 0.0), "minimum = 0; allowed: > 0");
    CHECK_REFUSES(with(&settings::maximum, 1e-9), "maximum = 1e-09; allowed: >= minimum");
    CHECK_REFUSES(with(&settings::maximum, INFINITY), "maximum = inf");
    CHECK_REFUSES(with(&settings::zone, -0.1), "zone = -0.1");
    CHECK_REFUSES(with(&settings::zone_gain_divisor, 0.5), "zone_gain_divisor = 0.5; allowed: >= 1");
    CHECK_REFUSES(with(&settings::zone_every, 0), "zone_every = 0");
    CHECK_REFUSES(with(&settings::warm_up, -1), "warm_up = -1");
    CHECK_REFUSES(with(&settings::max_relative_change, 1.0), "max_relative_change = 1; allowed: [0, 1)");
}

BOOST_AUTO_TEST_CASE(lambda_must_start_inside_the_range) {
    CHECK_REFUSES(law{}.validate(1e-9), "lambda = 1e-09; allowed: [minimum, maximum] of the control law");
    CHECK_REFUSES(law{}.validate(1e4), "lambda = 10000");
    CHECK_REFUSES(law{}.validate(NAN), "lambda = nan");
    BOOST_CHECK_NO_THROW(law{}.validate(1e3));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
