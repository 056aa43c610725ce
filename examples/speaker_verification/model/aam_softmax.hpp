#pragma once

#include <cstdint>
#include <string>
#include <torch/torch.h>

namespace speaker_verification {

/// What the target's logit becomes when the margin would turn the angle beyond pi, where cos(theta + m) is no
/// longer decreasing in theta; `easy` leaves the margin out long before.
enum class margin_continuation {
    shifted_by_one_plus_cosine, ///< cos(theta) - (1 + cos(pi - m)): WeSpeaker
    shifted_by_margin_sine,     ///< cos(theta) - m sin(pi - m): ArcFace, SpeechBrain, voxceleb_trainer
    easy ///< the "easy margin" of all of these: the margin only where cos(theta) > 0, else cos(theta) itself
};

struct aam_softmax_options {
    std::int64_t classes = 0; ///< at least 2; speakers that never occur would spend the sparsity budget
    std::int64_t embedding_size = 192;
    double scale = 32; ///< multiplies the cosines before the cross-entropy, positive
    margin_continuation continuation = margin_continuation::shifted_by_one_plus_cosine;
    double gate = 0;   ///< rho >= 0: cosines times ||w|| / (||w|| + rho); 0: the cosine alone
    bool bias = false; ///< whether each class has a number of its own beside its logit

    /// Throws std::invalid_argument that names the first value out of its range.
    void check() const;
};

struct aam_softmax_result {
    torch::Tensor loss;     ///< mean cross-entropy over the batch, a scalar with a gradient
    torch::Tensor cosines;  ///< (B, classes), without margin and scale, with bias / scale, detached
    torch::Tensor accuracy; ///< share of the batch whose largest cosine is its own speaker's, a scalar
};

/// Additive angular margin softmax (Deng et al. 2019): with cos = normalize(x) . normalize(W), the target's
/// cosine becomes cos(theta + m) and scale * cos goes through the softmax cross-entropy.
///
/// With a gate, logits are those times ||w_c|| / (||w_c|| + rho), so that a row may reach 0 and its class is switched off: a
/// cosine does not see its row's length, has no way to do so, and a slope of 1 / ||w_c||. With a bias b_c is added to the logit,
/// which switches off classes that do not occur before their rows must.
///
/// Registered on a network under the name "projection" its tensor is `projection.weight`, as in WeSpeaker:
///
///     network->register_module("projection", head.ptr());
struct aam_softmax_module : torch::nn::Module {
    /// Throws std::invalid_argument: see aam_softmax_options::check.
    explicit aam_softmax_module(const aam_softmax_options& options);

    /// `embeddings` (B,E) and `labels` (B) of int64 in [0, classes); `margin` in radians, in [0, pi/2].
    /// Throws std::invalid_argument for other shapes or margins.
    aam_softmax_result forward(const torch::Tensor& embeddings, const torch::Tensor& labels, double margin);

    const aam_softmax_options options;
    torch::Tensor weight; ///< (classes, E), initialised as by Xavier's uniform rule
    torch::Tensor bias;   ///< (classes), 0 at first; undefined without one
};

TORCH_MODULE_IMPL(aam_softmax, aam_softmax_module);

} // namespace speaker_verification
