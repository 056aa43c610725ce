// A mirror map for the host only.
// expected: host_only_map
#include <bregman/backends/thrust.hpp>

struct host_only_map {
    static constexpr bool is_even = true;
    float to_dual(float x) const { return x * x * x; }
    float to_primal(float v) const { return std::cbrt(v); }
};

using method = bregman::optimizer<bregman::gradient, host_only_map, bregman::l1, bregman::fixed_law,
                                  bregman::thrust_backend<float>>;

void step(method& m, thrust::device_vector<float>& theta, const thrust::device_vector<float>& gradient) {
    m.step(theta, gradient);
}
