#pragma once
#include "speaker_verification/deployment/network_tensors.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/sparse/shrink.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace speaker_verification {

/// The layers of ResNet34 (model/resnet34.hpp) before they are made, batch normalisation folded into their weights.
struct resnet_weights {
    using parts = bregman::sparse::layer_parts<float>;

    /// relu(second(first(x)) + shortcut(x)), or + x.
    struct block {
        parts first, second;
        std::optional<parts> shortcut;
        std::int64_t stride = 1;
    };
    /// Blocks that add to the same channels.
    struct stage {
        std::vector<block> blocks;
    };

    parts first;
    std::array<stage, 4> stages;
    parts embedding; ///< of the means of all channels and then their deviations, one tap for each band

    resnet_weights(const model_settings& model, std::int64_t bands, network_tensors& tensors);

    /// Rows of all layers.
    bregman::index_t neurons() const;
};

/// Takes out the channels that are constant or not read, with what they add in the biases of who read them: the same
/// embedding within rounding, and to the bit where there are none. A channel of a stage goes where all that write to it are
/// constant, from the first of its blocks to the last.
void shrink(resnet_weights& network);

} // namespace speaker_verification
