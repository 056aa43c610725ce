#include "speaker_verification/training/optimizers/control_law.hpp"

#include <bregman/base/error.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/settling.hpp>

namespace speaker_verification {

namespace {

bregman::multiplicative_law<float> paper_law(const sparsity_settings& chosen) {
    bregman::multiplicative_settings<float> law;
    law.gain = float(chosen.alpha);
    law.every = chosen.every;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    law.zone = float(chosen.zone);
    law.zone_gain_divisor = float(chosen.zone_alpha_divisor);
    law.zone_every = chosen.zone_every_factor;
    return law;
}

bregman::additive_law<float> additive_law(const sparsity_settings& chosen) {
    bregman::additive_settings<float> law;
    law.gain = float(chosen.alpha * chosen.lambda);
    law.every = chosen.every;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    return law;
}

bregman::pid_law<float> pid_law(const sparsity_settings& chosen) {
    bregman::pid_settings<float> law;
    law.proportional = float(chosen.proportional);
    law.integral = float(chosen.alpha);
    law.derivative = float(chosen.derivative);
    law.every = chosen.every;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    return law;
}

bregman::nupi_law<float> nupi_law(const sparsity_settings& chosen) {
    bregman::nupi_settings<float> law;
    law.proportional = float(chosen.proportional);
    law.integral = float(chosen.alpha);
    law.nu = float(chosen.nu);
    law.every = chosen.every;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    return law;
}

bregman::band_law<float> band_law(const sparsity_settings& chosen) {
    bregman::band_settings<float> law;
    law.half_width = float(chosen.dead_band);
    law.gain = float(chosen.alpha);
    law.cooldown = chosen.every - 1;
    law.minimum = float(chosen.lambda_min);
    law.maximum = float(chosen.lambda_max);
    return law;
}

} // namespace

bregman::any_law<float> make_control_law(const sparsity_settings& chosen) {
    if (chosen.law == "paper") return paper_law(chosen);
    if (chosen.law == "fixed") return bregman::fixed_law{};
    if (chosen.law == "quantile") return bregman::quantile_law(chosen.every);
    if (chosen.law == "settling") return bregman::settling_law();
    if (chosen.law == "additive") return additive_law(chosen);
    if (chosen.law == "pid") return pid_law(chosen);
    if (chosen.law == "nupi") return nupi_law(chosen);
    if (chosen.law == "band") return band_law(chosen);
    bregman::refuse("law", chosen.law, "paper|fixed|quantile|settling|additive|pid|nupi|band", "name one of them");
}

bregman::dual_rule dual_rule_of(const sparsity_settings& chosen) {
    for (const auto rule : bregman::all_dual_rules) {
        if (chosen.dual_rule == bregman::name_of(rule)) return rule;
    }
    bregman::refuse("dual_rule", chosen.dual_rule, "those of bregman::all_dual_rules", "name one of them");
}

} // namespace speaker_verification
