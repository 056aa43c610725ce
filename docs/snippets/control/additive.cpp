// docs/policies/control/additive.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool additive_law_works() {
    bregman::additive_law<float> law({.gain = 0.5f, .maximum = 100});
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0, .target = 0.9f}, law);
    on_noise(optimizer, 300);
    return holds_target(optimizer, 0.03f);
}
