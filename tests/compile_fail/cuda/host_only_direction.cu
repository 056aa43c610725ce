// A direction whose step is for the host only.
// expected: host_only_direction
#include <cstdint>

#include <bregman/backends/thrust.hpp>

struct host_only_direction {
    static constexpr int moments = 0;
    static constexpr double default_step_size = 0.1;

    struct increment {
        float step_size;
        float operator()(float g) const { return g * step_size; }
    };
    increment at(std::int64_t, float step_size) const { return {step_size}; }
};

using method = bregman::optimizer<host_only_direction, bregman::euclidean<float>, bregman::l1, bregman::fixed_law,
                                  bregman::thrust_backend<float>>;

void step(method& m, thrust::device_vector<float>& theta, const thrust::device_vector<float>& gradient) {
    m.step(theta, gradient);
}
