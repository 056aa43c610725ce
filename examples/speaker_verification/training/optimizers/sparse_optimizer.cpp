#include "speaker_verification/training/optimizers/sparse_optimizer.hpp"

#include <bregman/torch.hpp>

namespace speaker_verification {

std::unique_ptr<training_optimizer> make_sparse_optimizer(const settings& all, torch::nn::Module& network) {
    if (all.run.device == "cuda") return make_sparse_optimizer_on_cuda(all, network);
    return make_sparse_optimizer_on<bregman::eigen_backend<float>>(all, network);
}

} // namespace speaker_verification
