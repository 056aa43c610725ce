#include "speaker_verification/model/speaker_embedder.hpp"

#include "common/require.hpp"

#include <string>

namespace speaker_verification {

void speaker_embedder::check_features(const torch::Tensor& features, std::int64_t bins) const {
    examples::require(features.dim() == 3 && features.size(2) == bins, "shape of the features", features.sizes(),
                      "must be (batch, frames, " + std::to_string(bins) + ")");
    examples::require(features.size(1) >= fewest_frames(), "frames", features.size(1),
                      "must be at least " + std::to_string(fewest_frames()));
}

} // namespace speaker_verification
