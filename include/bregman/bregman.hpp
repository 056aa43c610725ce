#pragma once

/// \file
/// Every optimizer and policy that needs only Eigen. What costs more to compile has headers of its own:
/// <bregman/backends/thrust.hpp>, <bregman/torch.hpp>, <bregman/solvers.hpp> for linear inverse problems, and
/// <bregman/regularizers/nuclear.hpp>, which needs Eigen's singular value decomposition.

#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/damp_near_target.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/rate_limit.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/control/start_at_quantile.hpp>
#include <bregman/control/warm_up.hpp>
#include <bregman/directions/adam_mini.hpp>
#include <bregman/directions/amsgrad.hpp>
#include <bregman/directions/freeze.hpp>
#include <bregman/directions/leak.hpp>
#include <bregman/directions/nesterov.hpp>
#include <bregman/directions/rmsprop.hpp>
#include <bregman/directions/weight_decay.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/minimize.hpp>
#include <bregman/mirror_maps/burg.hpp>
#include <bregman/mirror_maps/diagonal.hpp>
#include <bregman/mirror_maps/hypentropy.hpp>
#include <bregman/mirror_maps/negative_entropy.hpp>
#include <bregman/mirror_maps/p_norm.hpp>
#include <bregman/observers/checkpoint.hpp>
#include <bregman/observers/history.hpp>
#include <bregman/observers/oscillation_guard.hpp>
#include <bregman/observers/print.hpp>
#include <bregman/observers/stop.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_indices.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/n_of_m.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/slope.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/regularizers/total_variation.hpp>
#include <bregman/regularizers/total_variation_2d.hpp>
#include <bregman/regularizers/weighted_l1.hpp>
#include <bregman/tensors/layer_targets.hpp>
#include <bregman/tensors/sparse_initialisation.hpp>
