#include "teaching/compare_laws/laws.hpp"

#include <bregman/control/additive.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/damp_near_target.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/rate_limit.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/control/start_at_quantile.hpp>

namespace compare_laws {

namespace {

using namespace bregman;

float nothing(float) { return 0; }
float as_found(float right) { return right; }

// A law is copied for each run, so that none starts with the memory of another.
template <class Law>
std::function<any_law<float>()> copies_of(Law law) {
    return [law] { return any_law<float>(law); };
}

} // namespace

std::vector<compared_law> all_laws() {
    const auto paper = [](float gain) { return multiplicative_law<float>({.gain = gain}); };
    return {
        {"quantile", "every step", true, true, {}, copies_of(quantile_law())},
        {"settling", "nothing to set: default", true, true, {}, copies_of(settling_law())},
        {"fixed", "the quantile law's last lambda", false, false, as_found, copies_of(fixed_law{})},
        {"the paper's", "gain 1, every step", true, true, {}, copies_of(paper(1))},
        {"the paper's", "gain 0.25, every step: its default", false, true, {}, copies_of(paper(0.25f))},
        {"the paper's", "gain 0.1, every step", true, true, {}, copies_of(paper(0.1f))},
        {"the paper's",
         "`of_paper()`: every 50 steps",
         false,
         true,
         {},
         copies_of(multiplicative_law<float>(multiplicative_settings<float>::of_paper()))},
        {"additive", "default", false, true, {}, copies_of(additive_law<float>())},
        {"PI", "default", true, true, {}, copies_of(pid_law<float>())},
        {"PID", "derivative 0.1", false, true, {}, copies_of(pid_law<float>({.derivative = 0.1f}))},
        {"nuPI", "default", false, true, {}, copies_of(nupi_law<float>())},
        {"band", "default: 1 %, cooldown 10", true, true, {}, copies_of(band_law<float>())},
        {"quantile, rate limit", "1.01", true, true, {}, copies_of(rate_limit(quantile_law(), 1.01))},
        {"the paper's, damped",
         "gain 1; within 10 % a twentieth",
         false,
         true,
         {},
         copies_of(damp_near_target(paper(1), 0.1, 0.05))},
        {"the paper's, scale-free start", "gain 1, lambda0 = 0", false, false, nothing,
         copies_of(start_at_quantile(paper(1)))},
    };
}

} // namespace compare_laws
