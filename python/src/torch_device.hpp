#pragma once

#include <memory>

#include "torch_stepper.hpp"

/// \file
/// What torch_device.cu has for torch_module.cpp, where setup.py compiles it.

namespace bregman::python {

/// The optimizer of that direction over Thrust: for CUDA tensors where nvcc has compiled it, for those of the CPU where a host
/// compiler has. Errors: those of the library.
std::unique_ptr<torch_stepper> make_device_stepper(const torch_direction& direction, torch_parts<float> parts);
std::unique_ptr<torch_stepper> make_device_stepper(const torch_direction& direction, torch_parts<double> parts);

} // namespace bregman::python
