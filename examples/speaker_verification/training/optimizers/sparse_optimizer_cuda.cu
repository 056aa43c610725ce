// AdaBreg and LinBreg on CUDA tensors: what nvcc compiles with BREGMAN_WITH_CUDA=ON.
#include <bregman/torch_thrust.hpp> // LibTorch first: see there

#include "speaker_verification/training/optimizers/resident_optimizer.hpp"

namespace speaker_verification {

std::unique_ptr<training_optimizer> make_sparse_optimizer_on_cuda(const settings& all, torch::nn::Module& network) {
    return make_sparse_optimizer_on<bregman::thrust_backend<float>, resident_optimizer>(all, network);
}

} // namespace speaker_verification
