#pragma once
#include "speaker_verification/training/settings.hpp"
#include "speaker_verification/training/step_outcome.hpp"

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
    virtual void zero_gradients() = 0;

    /// One step on the gradients that the parameters hold. `loss` is for control laws that look at it.
    virtual step_outcome step(double loss) = 0;

    /// The whole state: moments, duals, lambda, the law. Continuing from it is bit-equal.
    virtual void save(std::ostream& stream) = 0;
    virtual void load(std::istream& stream) = 0;
};

/// The optimizer that `all` asks for over the parameters of `network`, which has its classifier head
/// registered.
///
/// adabreg and linbreg make the network sparse before the first step (`density`); parameters are grouped by
/// their role: normalisation layers and biases none, convolutions one group a kernel for ECAPA-TDNN and l1
/// for ResNet34, linear layers and the head l1, all counted. Clips the norm of the whole gradient to
/// `clip_norm` if that is above 0.
std::unique_ptr<training_optimizer> make_training_optimizer(const settings& all, torch::nn::Module& network);

/// The dense ones: AdamW, and SGD with Nesterov momentum.
std::unique_ptr<training_optimizer> make_dense_optimizer(const settings& all, torch::nn::Module& network);

/// AdaBreg and LinBreg with their law.
std::unique_ptr<training_optimizer> make_sparse_optimizer(const settings& all, torch::nn::Module& network);

} // namespace speaker_verification
