// That all policies of the library compile for a device: compiled by scripts/gpu-check and never run. The regularizers
// go through one optimizer, directions and mirror maps through the smallest pass each.
#include <variant>

#include <bregman/backends/thrust/device_steps.hpp>
#include <bregman/backends/thrust/step_graph.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/directions/adam.hpp>
#include <bregman/directions/amsgrad.hpp>
#include <bregman/directions/birth_by_evidence.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/lion.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/directions/nesterov.hpp>
#include <bregman/directions/rmsprop.hpp>
#include <bregman/directions/trust_ratio.hpp>
#include <bregman/directions/turnover.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/diagonal.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/weighted_l1.hpp>

namespace {

using namespace bregman;
using T = float;

/// The kernel of one step, of theta again and of v0, for the three policies that meet in it.
template <class Direction, class Mirror, class Regularizer>
void instantiate(thrust_backend<T>& backend) {
    using primal = kernel::regularized_primal<Mirror, Regularizer, T>;
    using increment = decltype(Direction{}.at(1, T(1)));
    using update = kernel::update<T, Direction::moments, increment, primal>;
    using start = kernel::start<T, Mirror, Regularizer>;
    backend.for_each(device::count_element<T, update>{update{}}, 0, 0);
    backend.for_each(device::count_element<T, start>{start{}}, 0, 0);
}

template <class... Directions>
void instantiate_directions(thrust_backend<T>& backend) {
    (instantiate<Directions, euclidean<T>, l1>(backend), ...);
}
template <class Regularizer, class... Mirrors>
void instantiate_mirror_maps(thrust_backend<T>& backend) {
    (instantiate<gradient, Mirrors, Regularizer>(backend), ...);
}
/// The thread that asks a law.
template <class... Laws>
void instantiate_laws() {
    const auto one = []<class Law>(const Law*) {
        static_assert(device_law<Law, T>);
        using state = device::step_state<T, gradient::increment<T>, Law>;
        device::run_once(device::end_step<state>{});
    };
    (one(static_cast<const Laws*>(nullptr)), ...);
}

} // namespace

void instantiate_all(thrust_backend<T>& backend) {
    instantiate_directions<gradient, momentum, nesterov, adam, amsgrad, rmsprop, with_weight_decay<adam>,
                           with_decoupled_weight_decay<adam>, with_weight_decay<momentum>,
                           with_leak<with_dual_weight_decay<momentum>>, with_freeze<adam>, lion,
                           with_birth_by_evidence<adam>, with_trust_ratio<gradient>, with_turnover<adam>>(backend);
    instantiate_mirror_maps<l1, hypentropy<T>, p_norm<T>, negative_entropy<T>, burg<T>, diagonal<T>>(backend);
    instantiate_mirror_maps<none, hypentropy<T>, p_norm<T>, negative_entropy<T>, burg<T>, diagonal<T>>(backend);
    instantiate_mirror_maps<box, hypentropy<T>, p_norm<T>, negative_entropy<T>>(backend);
    instantiate_laws<fixed_law, multiplicative_law<T>, additive_law<T>, band_law<T>, pid_law<T>, nupi_law<T>,
                     settling_law, quantile_law>();
}

using regularizers = std::variant<none, l1, weighted_l1<T>, nonnegative_l1, elastic_net, box, linf_ball, group_rows,
                                  group_columns, group_kernels, sparse_group_lasso<group_rows>>;
using on_device = optimizer<gradient, euclidean<T>, regularizers, multiplicative_law<T>, thrust_backend<T>>;

void step(on_device& method, const on_device::parameter_list& parameters) { method.step(parameters); }
