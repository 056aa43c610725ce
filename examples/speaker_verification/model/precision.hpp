#pragma once

#include <torch/torch.h>

namespace speaker_verification {

/// The tensor in float32 if it has fewer bits, itself otherwise. Under autocast a layer's output has 8 bits
/// of precision, in which a variance is lost in the difference of two means of squares.
inline torch::Tensor at_least_float32(const torch::Tensor& tensor) {
    return tensor.to(torch::promote_types(tensor.scalar_type(), torch::kFloat32));
}

} // namespace speaker_verification
