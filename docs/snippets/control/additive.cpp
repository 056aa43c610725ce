// docs/policies/control/additive.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool additive_law_works() {
    bregman::additive_law<float> law({.gain = 0.5f, .maximum = 100});
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0, .target = 0.9f}, law);
    return reaches_target(optimizer, 300, 0.03f);
}
