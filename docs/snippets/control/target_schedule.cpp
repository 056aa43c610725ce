// docs/policies/control/target_schedule.md
#include "../snippets.hpp"

#include <bregman/bregman.hpp>

bool target_schedule_works() {
    using schedule = bregman::target_schedule<float>;
    auto optimizer =
        bregman::make_linbreg<float>({.lambda = 0, .target = schedule::cubic(0, 0.9f, 10)}, bregman::quantile_law());
    float last = 0;
    bool rises = true;
    for (int epoch = 0; epoch < 12; ++epoch) {
        optimizer.set_epoch(epoch); // .244 .439 .591 ... .9 .9 .9
        rises = rises && optimizer.target() >= last;
        last = optimizer.target();
    }
    return rises && last == 0.9f;
}
