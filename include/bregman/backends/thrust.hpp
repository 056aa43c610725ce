#pragma once

/// \file
/// The optimizers over thrust::device_vector, device pointers and other memory of the device system that Thrust is
/// compiled for: CUDA under nvcc, or THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP, _TBB or _CPP under a host
/// compiler. One source for Thrust 1.17 and CCCL 3. Under nvcc it includes no Eigen.

// Thrust takes CUDA for granted where nothing is said, and a host compiler then stops somewhere in its headers.
#define BREGMAN_JOIN_NAMES(a, b) a##b
#define BREGMAN_JOIN(a, b) BREGMAN_JOIN_NAMES(a, b)
#define BREGMAN_CUDA_IS_1 1
#define BREGMAN_CUDA_IS_THRUST_DEVICE_SYSTEM_CUDA 1
#if !defined(__CUDACC__) && (!defined(THRUST_DEVICE_SYSTEM) || BREGMAN_JOIN(BREGMAN_CUDA_IS_, THRUST_DEVICE_SYSTEM))
#error                                                                                                                 \
    "bregman: <bregman/backends/thrust.hpp> needs nvcc (a .cu file) or, with a host compiler, the flag -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP (or _TBB, _CPP); see docs/concepts/backend.md"
#else

#include <bregman/aliases.hpp>
#include <bregman/backends/thrust/adapters.hpp>
#include <bregman/backends/thrust/backend.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/minimize.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/none.hpp>

#endif
