// docs/policies/control/trainable_scales.md
#include "../snippets.hpp"

#include <bregman/bregman.hpp>

bool trainable_scales_work() {
    const Eigen::VectorXd wanted_small = Eigen::VectorXd::LinSpaced(50, -1, 1), wanted_large = 5 * wanted_small;
    Eigen::VectorXd small = Eigen::VectorXd::Zero(50), large = small, small_gradient = small, large_gradient = small;
    bregman::parameter_list<double, bregman::l1> parameters;
    parameters.add_group({.name = "small"});
    parameters.add(small, small_gradient);
    parameters.add_group({.name = "large"});
    parameters.add(large, large_gradient);
    auto optimizer = bregman::make_linbreg<double>({.step_size = 0.02, .lambda = 0.5}, bregman::fixed_law());
    bregman::trainable_scales scales({.rate = 1e-3});
    for (int k = 0; k < 60; ++k) {
        small_gradient = small - wanted_small; // of |theta - wanted|^2 / 2
        large_gradient = large - wanted_large;
        scales.update(optimizer, parameters);
        optimizer.step(parameters);
    }
    return scales.scales()[1] < scales.scales()[0]; // more weights are left to the group that needs them
}
