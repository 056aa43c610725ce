// docs/policies/control/target_schedule.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <bregman/bregman.hpp>

bool target_schedule_works() {
    using schedule = bregman::target_schedule<float>;
    auto optimizer = bregman::make_linbreg<float>({.lambda = 0, .target = schedule::cubic(0, 0.9f, 10)},
                                                  bregman::quantile_law());
    for (int epoch = 0; epoch < 12; ++epoch) {
        optimizer.set_epoch(epoch); // asks for .244 .439 .591 ... .9 .9 .9
        on_noise(optimizer, 1);
    }
    return holds_target(optimizer, 1e-6f) && optimizer.target() == 0.9f;
}
