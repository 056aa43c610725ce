// Compiled by nvcc where there is one: the optimizers over device memory, and that Eigen stays out of .cu files.
#include <cmath>
#include <cstdio>
#include <vector>

#include <bregman/backends/thrust.hpp>

#ifdef EIGEN_CORE_H
#error "the Thrust backend must not include Eigen"
#endif

namespace {

/// The fixture of LinBreg or AdaBreg: theta after one step on (1, -6, .5, 0) with lambda .1.
template <class Method>
bool check(float step_size, const std::vector<float>& expected) {
    Method method({.step_size = step_size, .lambda = 0.1f});
    thrust::device_vector<float> theta(std::vector<float>{0.5f, 0.0f, -0.2f, 0.0f});
    const thrust::device_vector<float> gradient(std::vector<float>{1.0f, -6.0f, 0.5f, 0.0f});
    method.step(theta, gradient);
    bool good = true;
    for (std::size_t i = 0; i < expected.size(); ++i) good = good && std::abs(float(theta[i]) - expected[i]) < 1e-5f;
    return good;
}

} // namespace

int main() {
    using namespace bregman;
    using backend = thrust_backend<float>;
    const bool good = check<linbreg<float, l1, fixed_law, backend>>(0.02f, {0.48f, 0.02f, -0.21f, 0.0f}) &&
                      check<adabreg<float, l1, fixed_law, backend>>(0.06f, {0.44f, 0.0f, -0.26f, 0.0f}) &&
                      check<adabreg<float, l1, quantile_law, backend>>(0.06f, {0, 0, 0, 0}); // 90 % of 4 is all
    std::puts(good ? "thrust_smoke: the fixtures hold on this device" : "thrust_smoke: the fixtures do not hold");
    return good ? 0 : 1;
}
