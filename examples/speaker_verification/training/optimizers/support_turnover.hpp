#pragma once
#include <cstdint>

namespace speaker_verification {

/// Weights between two looks: born (zero before, not now), dead (the other way round), alive both times.
struct support_turnover {
    std::int64_t births = 0, deaths = 0, survivors = 0;
};

} // namespace speaker_verification
