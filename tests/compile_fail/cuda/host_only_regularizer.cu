// A regularizer of the user's without BREGMAN_HOST_DEVICE: its functions exist on the host only. nvcc's own answer is a
// warning and garbage on the device.
// expected: host_only_l1
#include <bregman/backends/thrust.hpp>

struct host_only_l1 {
    float value(float x) const { return x < 0 ? -x : x; }
    float subgradient(float x) const { return float(x > 0) - float(x < 0); }
    float prox(float x, float t) const { return x > t ? x - t : x < -t ? x + t : 0.0f; }
};

using method = bregman::linbreg<float, host_only_l1, bregman::fixed_law, bregman::thrust_backend<float>>;

void step(method& m, thrust::device_vector<float>& theta, const thrust::device_vector<float>& gradient) {
    m.step(theta, gradient);
}
