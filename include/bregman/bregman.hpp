#pragma once

/// \file
/// Everything that needs only Eigen. Thrust and LibTorch have headers of their own:
/// <bregman/backends/thrust.hpp> and <bregman/torch.hpp>.

#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/damp_near_target.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/rate_limit.hpp>
#include <bregman/control/start_at_quantile.hpp>
#include <bregman/control/warm_up.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/minimize.hpp>
#include <bregman/observers/checkpoint.hpp>
#include <bregman/observers/history.hpp>
#include <bregman/observers/oscillation_guard.hpp>
#include <bregman/observers/print.hpp>
#include <bregman/observers/stop.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/sparse_initialisation.hpp>
