#include "speaker_verification/data/audio/usable_sound.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace speaker_verification {
namespace {

constexpr float float_full_scale = 32768;

/// Float files may overshoot full scale; what is a hundred times as loud was written on another scale or is damaged.
constexpr float loudest = 100 * float_full_scale;

std::string times_full_scale(float sample) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", static_cast<double>(std::abs(sample) / float_full_scale));
    return text;
}

} // namespace

std::string why_no_sound(std::span<const float> samples) {
    if (samples.empty()) return "has no samples";
    // NaN fails every comparison, this one too.
    const auto wrong = std::find_if(samples.begin(), samples.end(), [](float x) { return !(std::abs(x) <= loudest); });
    if (wrong == samples.end()) return "";
    const std::string which = "has a value that is no sound (sample " + std::to_string(wrong - samples.begin());
    if (!std::isfinite(*wrong)) return which + " is not finite): write it again";
    return which + " is " + times_full_scale(*wrong) + " times full scale): write floats between -1 and 1";
}

std::string why_unusable(std::span<const float> samples) {
    const std::string reason = why_no_sound(samples);
    if (!reason.empty()) return reason;
    if (std::any_of(samples.begin(), samples.end(), [&](float x) { return x != samples.front(); })) return "";
    return samples.front() == 0 ? "is silent (every sample is 0): record it again"
                                : "is constant (every sample is the same): record it again";
}

} // namespace speaker_verification
