// The oracle of thrust_device_test.cu: compiled by the host compiler, for nvcc gets no Eigen.
#include <bregman/backends/eigen.hpp>

#include "device_runs_inline.hpp"

namespace bregman::testing {

device_result run_on_cpu(const device_run& run) {
    return run_on<eigen_backend<float>, std::vector<float>>(run, [](const std::vector<float>& x) { return x; });
}

} // namespace bregman::testing
