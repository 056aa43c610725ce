// Every law around an optimizer whose gradients are noise, and its state in a checkpoint.
#include <sstream>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/noise_run.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

namespace {

using method_type = linbreg<float, l1, any_law<float>>; // one instantiation for all laws

struct named_law {
    const char* name;
    any_law<float> law;
    float lambda0; ///< the additive law has units, and starts where it has to end
    double band;   ///< |s - target| after settling
};

/// The laws in one loop: v grows like sqrt(k), so that log lambda has to rise by ln 10 in 99 % of the steps.
std::vector<named_law> laws() {
    return {{"multiplicative", multiplicative_law<float>({.gain = 1}), 0.01f, 0.02},
            {"additive", additive_law<float>({.gain = 0.5f}), 0.01f, 0.02},
            {"PI", pid_law<float>(), 0.01f, 0.02},
            {"PID", pid_law<float>({.derivative = 1}), 0.01f, 0.02},
            {"PID, back-calculation", pid_law<float>({.on_saturation = anti_windup::back_calculation}), 0.01f, 0.02},
            {"nuPI", nupi_law<float>(), 0.01f, 0.02},
            {"band", band_law<float>({.cooldown = 2}), 0.01f, 0.03},
            {"quantile", quantile_law(), 0.01f, 0.001},
            {"settling", settling_law(), 0.01f, 0.0011},
            {"warm-up", warm_up(pid_law<float>(), 50), 0.01f, 0.02},
            {"rate limit", rate_limit(quantile_law(), 1.2), 0.01f, 0.001},
            {"damped", damp_near_target(nupi_law<float>(), 0.005, 0.5), 0.01f, 0.02},
            {"scale-free start", start_at_quantile(band_law<float>({.cooldown = 2})), 0, 0.03}};
}

method_type make(const named_law& chosen, float target = 0.9f) {
    return method_type({.step_size = 0.1f, .lambda = chosen.lambda0, .target = target}, {}, {}, {}, chosen.law);
}

} // namespace

BOOST_AUTO_TEST_SUITE(laws_in_closed_loop)

// lambda(T) ~ Phi^{-1}((1 + s*) / 2) tau sigma sqrt(T), for every law that holds the target.
BOOST_AUTO_TEST_CASE(every_law_follows_the_noise_law) {
    const int steps = 1000;
    for (const named_law& chosen : laws()) {
        method_type method = make(chosen);
        noise_run<method_type> run{method, std::vector<float>(2000), counter_random(1), 0.1f};
        double worst = 0;
        for (int k = 0; k < steps; ++k) {
            const double error = std::abs(run() - 0.9);
            if (k >= steps / 2) worst = std::max(worst, error);
        }
        const double expected = 1.6448536 * 0.1 * 0.1 * std::sqrt(double(steps));
        BOOST_TEST(worst <= chosen.band, chosen.name << " is off by " << worst);
        BOOST_TEST(std::abs(method.lambda() / expected - 1) <= 0.15, chosen.name << ": lambda " << method.lambda());
    }
}

BOOST_AUTO_TEST_CASE(every_law_follows_a_new_target) {
    for (const named_law& chosen : laws()) {
        method_type method = make(chosen);
        method.set_target(target_schedule<float>::linear(0.5f, 0.95f, 3)); // .65, .8, .95
        noise_run<method_type> run{method, std::vector<float>(2000), counter_random(2), 0.1f};
        for (int epoch = 0; epoch < 3; ++epoch) {
            method.set_epoch(epoch);
            for (int k = 0; k < 400; ++k) run();
            BOOST_TEST(std::abs(method.sparsity() - method.target()) <= 0.03,
                       chosen.name << " has " << method.sparsity() << " in epoch " << epoch);
        }
    }
}

// The sign is the point: with sparsity - target in place of target - sparsity the additive law runs to its minimum.
BOOST_AUTO_TEST_CASE(the_wrong_sign_fails_where_the_right_one_holds) {
    const auto wrong = [](const observation<float>& seen) {
        return std::clamp(seen.lambda + 0.5f * (seen.sparsity - seen.target), 0.0f, 1e3f);
    };
    const auto end_of = [](const any_law<float>& law) {
        method_type method({.step_size = 0.1f, .lambda = 0.1f, .target = 0.9f}, {}, {}, {}, law);
        noise_run<method_type> run{method, normal_values<float>(1000, 4), counter_random(5), 0.1f};
        for (int k = 0; k < 300; ++k) run();
        return std::pair{method.lambda(), method.sparsity()};
    };
    const auto [wrong_lambda, wrong_sparsity] = end_of(wrong);
    BOOST_TEST(wrong_lambda == 0.0f);
    BOOST_TEST(wrong_sparsity < 0.01f);
    const auto [lambda, sparsity] = end_of(additive_law<float>({.gain = 0.5f}));
    BOOST_TEST(lambda > 0.1f);
    BOOST_TEST(std::abs(sparsity - 0.9f) < 0.03f);
}

// A maximum that is too low for the target holds lambda for long; a lower target then frees it. What a wound-up
// integral costs is seen in the same loop.
BOOST_AUTO_TEST_CASE(anti_windup_pays_after_a_long_saturation) {
    const auto steps_to_new_target = [](anti_windup rule) {
        pid_settings<float> s;
        s.maximum = 0.05f, s.on_saturation = rule;
        method_type method({.step_size = 0.1f, .lambda = 0.01f, .target = 0.99f}, {}, {}, {}, pid_law<float>(s));
        noise_run<method_type> run{method, std::vector<float>(1000), counter_random(6), 0.1f};
        for (int k = 0; k < 500; ++k) run();
        BOOST_TEST(method.lambda() == 0.05f);
        method.set_target(0.05f);
        int steps = 0;
        while (method.sparsity() > 0.1f && steps < 5000) run(), ++steps;
        return steps;
    };
    const int wound_up = steps_to_new_target(anti_windup::none);
    for (auto rule : {anti_windup::conditional, anti_windup::back_calculation}) {
        const int steps = steps_to_new_target(rule);
        BOOST_TEST(steps < 30);
        BOOST_TEST(wound_up > 5 * steps, wound_up << " steps without, " << steps << " with");
    }
}

BOOST_AUTO_TEST_CASE(every_law_continues_from_a_checkpoint_with_the_same_bits) {
    for (const named_law& chosen : laws())
        for (int at : {1, 7, 60}) {
            method_type whole = make(chosen), resumed = make(chosen);
            noise_run<method_type> run{whole, normal_values<float>(300, 8), counter_random(9), 0.1f};
            for (int k = 0; k < at; ++k) run();
            std::stringstream file;
            save_state(file, whole);
            load_state(file, resumed);
            noise_run<method_type> rest{resumed, run.theta, counter_random(9), 0.1f};
            for (int k = 0; k < 70; ++k) run(), rest();
            BOOST_TEST(same_bits(run.theta, rest.theta), chosen.name);
            BOOST_TEST((state_bytes(whole) == state_bytes(resumed)), chosen.name);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
