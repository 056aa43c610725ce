#pragma once
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include <filesystem>

namespace speaker_verification {

/// Writes the network as write_onnx_network does with batch normalisation folded, but without the channels that are constant or
/// that nobody reads (see dead_channels): a smaller dense network, with the same embeddings within rounding, which is as fast
/// as its widths in any runtime. What a network trained with the granularity `channels` is for. Layers keep their names; a
/// layer that is left without an input is a product with zeros, so that its constants have a shape. The metadata have the
/// "rows" of all layers besides, {"trained", "left"}.
///
/// Returns these. Throws std::invalid_argument for a network that is left without a channel between its blocks or before its
/// pooling, which hears nothing; and as write_onnx_network.
embedding_network::row_count write_shrunk_onnx_network(const std::filesystem::path& path,
                                                       const trained_network& trained);

} // namespace speaker_verification
