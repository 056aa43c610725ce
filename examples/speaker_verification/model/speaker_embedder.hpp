#pragma once

#include <cstdint>
#include <torch/torch.h>

namespace speaker_verification {

/// A network that makes one embedding of an utterance of any length: the face by which training and scoring
/// know every architecture.
struct speaker_embedder : torch::nn::Module {
    /// `features` (B,T,F), T >= fewest_frames(), to embeddings (B,E). Throws std::invalid_argument for
    /// another shape.
    virtual torch::Tensor forward(const torch::Tensor& features) = 0;

    /// The shortest utterance that has an embedding, in frames.
    virtual std::int64_t fewest_frames() const = 0;

  protected:
    /// Throws std::invalid_argument unless `features` are (B,T,`bins`) with T >= fewest_frames().
    void check_features(const torch::Tensor& features, std::int64_t bins) const;
};

} // namespace speaker_verification
