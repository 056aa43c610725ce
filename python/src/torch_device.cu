// The steps of bregman._torch over Thrust: compiled by nvcc for CUDA tensors (BREGMAN_CUDA=1), or by a host compiler with Thrust's
// OpenMP for tensors of the CPU (BREGMAN_TORCH_DEVICE=omp), which shows without a GPU that it fits together.
#include <bregman/torch_thrust.hpp> // LibTorch first: see there

#include "torch_device.hpp"

namespace bregman::python {

std::unique_ptr<torch_stepper> make_device_stepper(const torch_direction& direction, torch_parts<float> parts) {
    return make_stepper_over<thrust_backend<float>>(direction, std::move(parts));
}
std::unique_ptr<torch_stepper> make_device_stepper(const torch_direction& direction, torch_parts<double> parts) {
    return make_stepper_over<thrust_backend<double>>(direction, std::move(parts));
}

} // namespace bregman::python
