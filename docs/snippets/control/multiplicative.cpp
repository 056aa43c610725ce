// docs/policies/control/multiplicative.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool multiplicative_law_works() {
    auto settings = bregman::multiplicative_settings<float>::of_paper(); // gain 1, every 50 steps, fine-tuning zone
    settings.every = 2;
    auto optimizer =
        bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, bregman::multiplicative_law<float>(settings));
    return reaches_target(optimizer, 500, 0.02f);
}
