#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// Which weights of a network are there and which are zero for good, for optimizers that do not find their
/// zeros themselves. Masked are the weights that the sparse optimizers regularise, and s is counted as
/// theirs: see is_counted().
class weight_masks {
  public:
    struct layer {
        torch::Tensor weight;
        torch::Tensor mask; ///< of its shape, true where the weight is there
        bool counted;       ///< part of s

        std::int64_t kept() const { return mask.sum().item<std::int64_t>(); }
    };

    /// All weights are there. Throws std::invalid_argument when the target asks for more zeros than there are
    /// weights to mask.
    weight_masks(const torch::nn::Module& network, const sparsity_settings& chosen);

    std::vector<layer>& layers() { return layers_; }
    const std::vector<layer>& layers() const { return layers_; }

    std::int64_t counted() const { return counted_size_; } ///< parameters in s
    /// The nearest number to that share of the parameters in s.
    std::int64_t share_of_counted(double sparsity) const;
    /// Weights to mask for a sparsity: that number, less the zeros among biases, norms and a head that may
    /// not be masked.
    std::int64_t zeros_for(double sparsity) const;
    /// Masked weights in s.
    std::int64_t zeros() const;
    /// Share of zeros among the parameters in s, whether masked or not.
    double sparsity() const;

    /// Masks what is zero, and nothing else.
    void mask_zeros();
    /// Masks the smallest weights of all layers together until `zeros` of those in s are masked; none comes
    /// back. Layers outside s lose the weights up to the largest one masked in s.
    void mask_smallest(std::int64_t zeros);
    /// Sets masked weights to zero.
    void apply();
    /// Sets the gradients of masked weights to zero.
    void mask_gradients();

    void save(torch::serialize::OutputArchive& archive) const;
    void load(torch::serialize::InputArchive& archive);

  private:
    std::vector<layer> layers_;
    std::vector<torch::Tensor> counted_; ///< all parameters in s
    std::vector<torch::Tensor> others_;  ///< those of them that are never masked
    std::int64_t counted_size_ = 0;
};

} // namespace speaker_verification
