#pragma once

namespace speaker_verification {

/// Sum of |w|, and root of the sum of w^2.
struct weight_norms {
    double l1 = 0, l2 = 0;
};

} // namespace speaker_verification
