#pragma once
#include <cstdint>

namespace speaker_verification {

/// Weights between two looks: born (zero before, not now), dead (the other way round), alive both times.
struct support_turnover {
    std::int64_t births = 0, deaths = 0, survivors = 0;
};

/// What single steps have counted, added up: a weight that comes and goes is in both sums each time.
struct turnover_of_steps {
    std::int64_t births = 0, deaths = 0;
    std::int64_t steps = 0; ///< that were counted

    /// Of one step; -1 where nobody has counted.
    void add(std::int64_t born, std::int64_t died) {
        if (born < 0 || died < 0) return;
        births += born;
        deaths += died;
        ++steps;
    }

    template <class Visitor>
    void visit(Visitor&& field) {
        field("births", births);
        field("deaths", deaths);
        field("steps", steps);
    }
};

} // namespace speaker_verification
