// docs/policies/control/quantile.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool quantile_law_works() {
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0, .target = 0.9f}, bregman::quantile_law());
    on_noise(optimizer, 1);
    return optimizer.sparsity() == 0.9f; // 450 of 500, after the first step
}
