// docs/policies/control/quantile.md, settling.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool quantile_law_works() {
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0, .target = 0.9f}, bregman::quantile_law());
    return reaches_target(optimizer, 1, 0); // 450 of 500 parameters are zero after the first step
}

bool settling_law_works() {
    auto optimizer = bregman::make_linbreg<float>({.lambda = 1000, .target = 0.9f}, bregman::settling_law());
    return reaches_target(optimizer, 500, 0.0021f); // of 500 parameters one more or less
}
