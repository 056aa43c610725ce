// A law that says that it runs on the device, but whose function is for the host only.
// expected: host_only_law
#include <bregman/backends/thrust.hpp>
#include <bregman/backends/thrust/device_steps.hpp>

struct host_only_law {
    static constexpr bool runs_on_device = true;

    template <class LambdaFor>
    float operator()(const bregman::observation<float, LambdaFor>& seen) const {
        return seen.lambda;
    }
};

using method = bregman::linbreg<float, bregman::l1, host_only_law, bregman::thrust_backend<float>>;

void step(bregman::device_steps<method>& steps) { steps.step(); }
