#pragma once
#include <cstdint>

namespace speaker_verification {

/// What one step of an optimizer did.
struct step_outcome {
    double lambda = 0;    ///< that the step used; 0 for dense optimizers
    double sparsity = -1; ///< share of zeros among the counted parameters, after the step; -1 where nobody has counted
    double gradient_norm = 0; ///< before clipping, over all parameters
    bool refused = false;     ///< the gradient was not finite: nothing changed
    std::int64_t births = -1,
                 deaths = -1; ///< in the step, of weights that may become zero; -1 where nobody has counted
};

} // namespace speaker_verification
