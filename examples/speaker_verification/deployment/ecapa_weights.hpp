#pragma once
#include "speaker_verification/deployment/network_tensors.hpp"
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/sparse/shrink.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace speaker_verification {

/// The layers of ECAPA-TDNN (model/ecapa_tdnn.hpp) before they are made, batch normalisation folded.
struct ecapa_weights {
    using parts = bregman::sparse::layer_parts<float>;

    /// x + sigmoid(excite(squeeze(mean of y))) * y, y = leave(res2(enter(x))). What `enter` writes is one slice of channels
    /// for each of `res2` and a last one, which passes; each of `res2` but the first adds what the one before has written.
    struct block {
        parts enter, leave, squeeze, excite;
        std::vector<parts> res2;
        std::int64_t dilation = 1;

        bregman::index_t passed() const; ///< channels of the last slice
    };

    parts first, aggregate;
    std::array<block, 3> blocks;
    parts attention_of_frames;  ///< of the pooled channels
    parts attention_of_context; ///< of their means and then their deviations, with the bias of both
    parts attention;
    std::vector<float> pooled_scale, pooled_shift; ///< of means and deviations
    parts embedding;

    ecapa_weights(const model_settings& model, std::int64_t bands, network_tensors& tensors);

    /// Rows of all layers.
    bregman::index_t neurons() const;
};

/// Takes out the channels that are constant or not read, with what they add in the biases of who read them: the same
/// embedding within rounding, and to the bit where there are none.
///
/// A channel between the blocks, which each of them adds to, goes where all that write to it are constant, the gate
/// included. Of what Res2 adds up, only sums of two constants are constant. A pooled channel goes where it is always 0:
/// the deviation of another constant is what rounding leaves of E[x^2] - E[x]^2, and no longer the network's.
void shrink(ecapa_weights& network);

} // namespace speaker_verification
