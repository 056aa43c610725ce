#include "speaker_verification/training/optimizers/sparse_optimizer.hpp"

#include <bregman/distributed/sharded.hpp>
#include <bregman/torch.hpp>

namespace speaker_verification {

std::unique_ptr<training_optimizer> make_sharded_optimizer(const settings& all, torch::nn::Module& network,
                                                           const training_processes& processes) {
    using backend = bregman::sharded<bregman::eigen_backend<float>, training_processes>;
    return make_sparse_optimizer_on<backend>(all, network, backend(processes));
}

} // namespace speaker_verification
