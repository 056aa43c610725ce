#pragma once
#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include <filesystem>

namespace speaker_verification {

/// What becomes of a batch normalisation, y = scale * x + shift for each channel:
enum class onnx_batch_norm {
    folded, ///< part of the layer before it
    kept    ///< an operator of its own, under WeSpeaker's names
};

/// Writes the network in evaluation mode as an ONNX file, atomically: `feats` (B,T,F), float32, levelled as the run's features
/// are, to `embs` (B,E), which are the network's own, without the training mean taken off; any B >= 1 and T >= 9. The
/// constants have WeSpeaker's names, but that `pool.linear1.weight` is cut into `.frames` and `.context`, which are not
/// multiplied alike often. Weights are dense, zeros included: ONNX's runtimes multiply with no others.
///
/// `folded` where a normalisation follows its convolution: W' = scale W, b' = scale b + shift. Behind ReLU, scale relu(z) +
/// shift = max(scale z + shift, shift) where scale >= 0, and min(...) where it is negative: W' and b' as before, then a bound.
/// Before a linear layer: W' = W scale, b' = b + W shift.
///
/// Its metadata have as JSON the settings of the "network" and of its "features", and the "levels".
///
/// Throws std::invalid_argument for a network of 2 GiB or more; std::runtime_error with one sentence when the file cannot be
/// written.
void write_onnx_network(const std::filesystem::path& path, const trained_network& trained, onnx_batch_norm norms);

} // namespace speaker_verification
