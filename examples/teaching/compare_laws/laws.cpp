#include "teaching/compare_laws/laws.hpp"

#include <bregman/control/additive.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/start_at_quantile.hpp>

namespace compare_laws {

namespace {

using namespace bregman;

constexpr float usual_lambda0 = 1e-3f; // the optimizer's default, right for none of the problems

float usual(float) { return usual_lambda0; }
float nothing(float) { return 0; }
float as_found(float right) { return right; }

/// A law is copied for each run, so that none starts with the memory of another.
template <class Law>
std::function<any_law<float>()> copies_of(Law law) {
    return [law] { return any_law<float>(law); };
}

} // namespace

std::vector<compared_law> all_laws() {
    const multiplicative_law<float> paper({.gain = 1});
    return {
        {"quantile", "every step", true, usual, copies_of(quantile_law())},
        {"fixed", "the quantile law's last lambda", false, as_found, copies_of(fixed_law{})},
        {"the paper's", "gain 1, every step", true, usual, copies_of(paper)},
        {"the paper's, as in its experiments", "`of_paper()`: every 50 steps", false, usual,
         copies_of(multiplicative_law<float>(multiplicative_settings<float>::of_paper()))},
        {"additive", "gain 0.01 (default)", false, usual, copies_of(additive_law<float>())},
        {"PI", "defaults", true, usual, copies_of(pid_law<float>())},
        {"PID", "derivative 1", false, usual, copies_of(pid_law<float>({.derivative = 1}))},
        {"nuPI", "defaults", true, usual, copies_of(nupi_law<float>())},
        {"band", "defaults: within 1 %, cooldown 10", true, usual, copies_of(band_law<float>())},
        {"scale-free start, the paper's", "lambda0 = 0; gain 1, every step", true, nothing,
         copies_of(start_at_quantile(paper))}};
}

} // namespace compare_laws
