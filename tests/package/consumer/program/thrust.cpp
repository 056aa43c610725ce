#include <iostream>

#include <bregman/backends/thrust.hpp>
#include <thrust/device_vector.h>

static_assert(THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_OMP, "g++ has OpenMP, so that is the default");

int main() {
    thrust::device_vector<float> theta(4), gradient(4);
    theta[0] = 0.5f;
    gradient[1] = -6;
    bregman::linbreg<float, bregman::l1, bregman::fixed_law, bregman::thrust_backend<float>> optimizer(
        {.step_size = 0.02f, .lambda = 0.1f});
    const auto report = optimizer.step(theta, gradient);
    std::cout << "sparsity " << report.sparsity << '\n';
    return report.sparsity == 0.5f ? 0 : 1;
}
