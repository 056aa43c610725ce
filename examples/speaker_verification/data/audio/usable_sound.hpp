#pragma once

#include <span>
#include <string>

namespace speaker_verification {

/// Why samples on the int16 scale are no sound, as the end of a sentence that begins with their name: "has no samples",
/// "has a value that is no sound (sample 500 is not finite)". Empty: they are.
///
/// One NaN makes every feature of a frame, every mean over frames and at last every score NaN; so does, by overflow, a
/// sample of more than a hundred times full scale, which no recording holds.
std::string why_no_sound(std::span<const float> samples);

/// Why they cannot stand for speech: the same, or "is silent", "is constant".
std::string why_unusable(std::span<const float> samples);

} // namespace speaker_verification
