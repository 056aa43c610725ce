#pragma once
#include "speaker_verification/training/optimizers/parameter_groups.hpp"

#include <bregman/torch.hpp>

#include <vector>

namespace speaker_verification {

/// theta <- prox_{t J}(point) by the library's own operators; both contiguous, of one shape, on the CPU.
/// Returns the non-zeros of theta.
std::int64_t apply_prox(const weight_regularizer& regularizer, const torch::Tensor& point, torch::Tensor& theta,
                        float t);

/// Appends the t from which on prox_{t J}(point) is zero, for each element; nothing without a regularizer.
void append_critical_values(const weight_regularizer& regularizer, const torch::Tensor& point,
                            std::vector<float>& values);

} // namespace speaker_verification
