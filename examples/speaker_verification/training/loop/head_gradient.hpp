#pragma once
#include <torch/torch.h>

namespace speaker_verification {

/// Scales down the gradient of head rows that are shorter than `shortest`, as if they were that long.
///
/// A head sees only directions, w/|w|, whose slope is 1/|w|: 1e12 for a row of zeros, which a sparse start
/// and l1 do make. One such row would fill the gradient's norm, and clipping would silence every other
/// parameter until the row has left zero.
inline void bound_head_gradient(torch::Tensor& weight, double shortest) {
    constexpr double normalize_epsilon = 1e-12; // torch's own: below it the slope no longer grows
    if (!weight.grad().defined()) return;
    const torch::NoGradGuard no_gradient;
    const auto length = weight.norm(2, 1, true).clamp_min(normalize_epsilon);
    weight.mutable_grad().mul_((length / shortest).clamp_max(1));
}

} // namespace speaker_verification
