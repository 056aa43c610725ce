// docs/policies/control/nupi.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool nupi_law_works() {
    bregman::nupi_law<float> law({.proportional = 1, .integral = 0.5f, .nu = 0.9f});
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    return reaches_target(optimizer, 300, 0.03f);
}
