#include <omp.h>
#include <torch/torch.h>

#include "measure.hpp"

namespace bench {

void use_threads(int threads) {
    omp_set_num_threads(threads);
    torch::set_num_threads(threads);
}

} // namespace bench
