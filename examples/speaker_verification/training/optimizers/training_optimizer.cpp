#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include "speaker_verification/training/optimizers/regularised_weights.hpp"

namespace speaker_verification {

std::unique_ptr<training_optimizer> make_training_optimizer(const settings& all, torch::nn::Module& network,
                                                            const training_processes& processes) {
    if (has_target(all) && all.sparsity.law != "fixed") require_reachable_target(network, all.sparsity);
    if (all.optimizer.optimizer == "proxsgd") return make_proximal_sgd(all, network);
    if (all.run.shard_state && !processes.is_alone()) return make_sharded_optimizer(all, network, processes);
    return is_sparse(all) ? make_sparse_optimizer(all, network) : make_dense_optimizer(all, network);
}

} // namespace speaker_verification
