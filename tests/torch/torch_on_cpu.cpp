// The oracle of torch_cuda_test.cu.
#include <torch/torch.h>

#include <bregman/torch.hpp>

#include "support/torch_runs.hpp"

namespace bregman::testing {

torch_result run_torch_on_cpu(int steps, const torch_result& from) {
    return run_torch<adapter::adabreg<>>(torch::kCPU, steps, from);
}

} // namespace bregman::testing
