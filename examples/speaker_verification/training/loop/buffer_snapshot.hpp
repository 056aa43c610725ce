#pragma once
#include <torch/torch.h>
#include <utility>
#include <vector>

namespace speaker_verification {

/// A copy of a module's buffers, to undo a forward pass: batch normalisation updates its running statistics
/// before anyone knows whether the loss is finite, and a refused step must leave nothing behind.
class buffer_snapshot {
  public:
    explicit buffer_snapshot(std::vector<torch::Tensor> buffers) : buffers_(std::move(buffers)) {
        for (const auto& buffer : buffers_) copies_.push_back(buffer.clone());
    }
    void take() { copy(buffers_, copies_); }
    void restore() { copy(copies_, buffers_); }
    /// Restores when `refused`, a bool on the buffers' device, holds; without a wait.
    void restore_where(const torch::Tensor& refused) {
        const torch::NoGradGuard no_gradient;
        for (std::size_t i = 0; i < buffers_.size(); ++i)
            buffers_[i].copy_(torch::where(refused, copies_[i], buffers_[i]));
    }

  private:
    static void copy(const std::vector<torch::Tensor>& from, std::vector<torch::Tensor>& to) {
        const torch::NoGradGuard no_gradient;
        for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
    }

    std::vector<torch::Tensor> buffers_, copies_;
};

} // namespace speaker_verification
