#pragma once
#include "speaker_verification/training/baselines/weight_masks.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// Weights that have just come into a layer; an optimizer must forget what it knew of them.
struct grown_weights {
    torch::Tensor weight;
    torch::Tensor where; ///< true at the new ones
};

/// Masks around the steps of a dense optimizer. The share of training is that of the schedules: see
/// training_clock.
class pruning_method {
  public:
    pruning_method(const torch::nn::Module& network, const settings& all)
        : pruning_(all.pruning), masks_(network, all.sparsity) {}
    virtual ~pruning_method() = default;

    /// Before a step, on finite gradients, which become zero where a weight is masked. Returns the weights
    /// that have come into the network.
    std::vector<grown_weights> before_step(double share);
    /// After the step: masked weights are zero again.
    void after_step(double share);

    const weight_masks& masks() const { return masks_; }

    virtual void save(torch::serialize::OutputArchive& archive) const;
    virtual void load(torch::serialize::InputArchive& archive);

  protected:
    virtual void start() = 0; ///< before the first step, when zeros are masked
    virtual std::vector<grown_weights> change_before_step(double) { return {}; }
    virtual void change_after_step(double) {}

    bool is_due() const { return step_ % pruning_.pruning_every == 0; }

    pruning_settings pruning_;
    weight_masks masks_;
    std::int64_t step_ = 0; ///< number of the present step, from 1
};

/// Global magnitude pruning along a curve. Every `pruning_every` steps from `pruning_start` to `pruning_end`
/// the smallest weights of all layers together are masked, until their share is what the curve asks for at
/// this share of the way, from the sparsity that training starts with to `target` (bregman::ramps); the last
/// change comes at `pruning_end`, due or not. Source: Zhu and Gupta, "To prune, or not to prune", 2017, which
/// has the cubic curve.
std::unique_ptr<pruning_method> make_gradual_pruning(const torch::nn::Module& network, const settings& all);

/// RigL (Evci, Gale, Menick, Castro, Elsen, "Rigging the Lottery", ICML 2020, Algorithm 1): as sparse as
/// `target` from the first step on, by random masks whose densities follow `rigl_distribution`. Every
/// `pruning_every` steps from `pruning_start` to `pruning_end` each layer drops its smallest weights and
/// grows as many where its gradient is largest, a share of them of
///
///     rigl_fraction / 2 (1 + cos(pi share / pruning_end))
///
/// Grown weights start at 0. Three deviations: the optimizer's step is made as always, with the same
/// gradient, so that grown weights are no longer zero when s is counted; a weight does not grow by a gradient
/// below a millionth of the network's largest, which would leave it a zero; and at each change the number of
/// weights is set right for the biases that are zero, which count too, by the smallest weight or the largest
/// gradient of all layers. Where a run starts from another's network, its zeros are the first masks.
///
/// SET (Mocanu, Mocanu, Stone, Nguyen, Gibescu, Liotta, "Scalable training of artificial neural networks with adaptive
/// sparse connectivity inspired by network science", Nature Communications 9, 2018): the same, but weights grow at random
/// places, and `set_fraction` of each layer's weights moves at each change, as many at the end as at the beginning. Its
/// deviations are RigL's here, and grown weights start at 0 where Mocanu et al. draw them.
std::unique_ptr<pruning_method> make_moving_masks(const torch::nn::Module& network, const settings& all);

/// HyperSparse (Glandorf, Kaiser, Rosenhahn, "HyperSparse neural networks: shifting exploration to exploitation through
/// adaptive regularization", ICCV Workshops 2023): until `pruning_end` the gradient of a regularizer is added to that of the
/// loss, which presses on the smallest weights most and hardly on those that will stay,
///
///     hypersparse_weight growth^(step / pruning_every)  sign(w) s (1 - tanh(s |w|)^2)  sum |w| / sum tanh(s |w|)
///     s = .6585 / |w| at the target's place among all sizes
///
/// At `pruning_end` the smallest weights are masked, and the others go on alone. Two deviations: the dense phase before it is
/// the share of training until `pruning_start`, and the pressure ends at a share of training, where Glandorf et al. end it when
/// the network's pruned copy is as accurate on the training data as the dense one was.
std::unique_ptr<pruning_method> make_hypersparse(const torch::nn::Module& network, const settings& all);

/// Weights that each layer keeps for `kept` in all layers of s together. Uniform: the same density;
/// Erdos-Renyi kernel: a density in proportion to (sum of the extents) / (product of the extents), at most 1
/// (Evci et al., section 3). Layers outside s follow the same rule. 0 <= kept <= weights in s.
std::vector<std::int64_t> kept_per_layer(const weight_masks& masks, std::int64_t kept, const std::string& distribution);

} // namespace speaker_verification
