#pragma once
#include "speaker_verification/training/checkpoints/checkpoint_file.hpp"

#include <string>

namespace speaker_verification {

/// Tells networks apart that score differently: of a checkpoint's weights, features and levels. 16 hexadecimal digits.
std::string network_fingerprint(const checkpoint_contents& contents);

} // namespace speaker_verification
