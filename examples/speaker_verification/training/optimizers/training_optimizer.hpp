#pragma once
#include "speaker_verification/training/loop/step_outcome.hpp"
#include "speaker_verification/training/loop/training_processes.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <torch/torch.h>

namespace speaker_verification {

/// The optimizers of a training run behind one face, so that sparse and dense runs share every other line.
class training_optimizer {
  public:
    virtual ~training_optimizer() = default;

    virtual void set_learning_rate(double rate) = 0;
    /// Share of training, in (0, 1], that is done with the coming step; for methods that go by it.
    virtual void set_share(double) {}
    virtual void zero_gradients() = 0;

    /// One step on the gradients that the parameters hold. `loss` is for control laws that look at it.
    virtual step_outcome step(double loss) = 0;

    /// Whether `order` may take the place of `step`, once backward() has made gradients.
    virtual bool can_order() const { return false; }
    /// Orders one step, without waiting for it. A gradient that is not finite is refused there.
    virtual void order() {}
    /// Whether the last ordered step was refused: a bool where the network is, for what is ordered after it.
    virtual torch::Tensor refused() { return {}; }
    /// Waits for what was ordered; what the last step did.
    virtual step_outcome finish() { return {}; }

    /// The whole state: moments, duals, lambda, the law. Continuing from it is bit-equal.
    virtual void save(std::ostream& stream) = 0;
    virtual void load(std::istream& stream) = 0;
};

/// The optimizer that `all` asks for over the parameters of `network`, which has its classifier head
/// registered.
///
/// adabreg, linbreg and proxsgd make the network sparse before the first step (`density`), RigL too, to its
/// target; what is regularised, or pruned, and how, follows from a parameter's role: see
/// parameter_groups.hpp. With `shard_state` several processes split the state of adabreg or linbreg, and step, save and load
/// are collective. Clips the norm of the whole gradient to `clip_norm` if that is above 0.
std::unique_ptr<training_optimizer> make_training_optimizer(const settings& all, torch::nn::Module& network,
                                                            const training_processes& processes = {});

/// The dense ones: AdamW, and SGD with Nesterov momentum. With `pruning` masks hold weights at zero: see
/// pruning.hpp.
std::unique_ptr<training_optimizer> make_dense_optimizer(const settings& all, torch::nn::Module& network);

/// AdaBreg and LinBreg with their law, on the settings' device, where the network is.
std::unique_ptr<training_optimizer> make_sparse_optimizer(const settings& all, torch::nn::Module& network);

/// AdaBreg or LinBreg for several processes of which each holds a share of the state, see bregman::sharded.
std::unique_ptr<training_optimizer> make_sharded_optimizer(const settings& all, torch::nn::Module& network,
                                                           const training_processes& processes);

/// AdaBreg and LinBreg on a GPU. Throws std::invalid_argument with one sentence where this was built without CUDA.
std::unique_ptr<training_optimizer> make_sparse_optimizer_on_cuda(const settings& all, torch::nn::Module& network);

/// Proximal SGD, the baseline with a lambda but without a dual variable,
///
///     m <- beta m + (1 - beta) g,   theta <- prox_{tau lambda J}(theta - tau m)
///
/// with the groups, the law and the sparse start of AdaBreg and LinBreg. Source: Yang, Yuan,
/// Chatzimichailidis, van Sloun, Lei, Chatzinotas, "ProxSGD: Training structured neural networks under
/// regularization and constraints", ICLR 2020, with a constant beta and the prox step taken whole. It is
/// taken on the CPU, so that a network on a GPU costs three copies of its parameters a step.
std::unique_ptr<training_optimizer> make_proximal_sgd(const settings& all, torch::nn::Module& network);

} // namespace speaker_verification
