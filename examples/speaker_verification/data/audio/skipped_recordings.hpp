#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace speaker_verification {

/// A recording that was left out because its sound cannot be used.
struct skipped_recording {
    std::size_t index = 0; ///< among all that were tried
    std::string key;
    std::string reason;
};

/// A few bad files among a million are left out and listed; more than 1 % mean that something else is wrong.
/// Throws std::runtime_error then, one sentence with the first three of them.
void refuse_many(const std::vector<skipped_recording>& skipped, std::size_t total);

} // namespace speaker_verification
