#include "speaker_verification/data/audio/skipped_recordings.hpp"

#include <algorithm>
#include <stdexcept>

namespace speaker_verification {

void refuse_many(const std::vector<skipped_recording>& skipped, std::size_t total) {
    if (skipped.size() * 100 <= total) return;
    std::string first;
    for (std::size_t i = 0; i < std::min<std::size_t>(skipped.size(), 3); ++i)
        first += (i == 0 ? "" : "; ") + skipped[i].key + ": " + skipped[i].reason;
    throw std::runtime_error(std::to_string(skipped.size()) + " of " + std::to_string(total) +
                             " recordings cannot be used, more than 1 %: repair or remove them, first " + first);
}

} // namespace speaker_verification
