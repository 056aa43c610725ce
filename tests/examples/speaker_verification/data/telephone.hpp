#pragma once

#include "speaker_verification/data/features/filter_bank.hpp"

namespace speaker_verification {

/// A filter bank other than the default one.
inline filter_bank_settings telephone() {
    filter_bank_settings settings;
    settings.mel_bins = 40;
    settings.low_frequency = 64;
    settings.high_frequency = 3800;
    return settings;
}

} // namespace speaker_verification
