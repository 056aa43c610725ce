// docs/policies/control/band.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool band_law_works() {
    bregman::band_law<float> law({.half_width = 0.02f, .cooldown = 5});
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law);
    return reaches_target(optimizer, 300, 0.04f);
}
