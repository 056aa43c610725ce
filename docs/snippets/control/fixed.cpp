// docs/policies/control/fixed.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool fixed_law_works() {
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f}, bregman::fixed_law{});
    return after_noise(optimizer, 100).lambda() == 0.1f;
}
