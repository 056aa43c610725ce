// docs/policies/control/pid.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool pid_law_works() {
    bregman::pid_law<float> law({.proportional = 0.2f,
                                 .integral = 0.5f,
                                 .derivative = 0.2f,
                                 .on_saturation = bregman::anti_windup::back_calculation,
                                 .maximum = 100});
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    return reaches_target(optimizer, 300, 0.03f);
}
