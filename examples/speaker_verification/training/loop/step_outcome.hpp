#pragma once

namespace speaker_verification {

/// What one step of an optimizer did.
struct step_outcome {
    double lambda = 0;        ///< that the step used; 0 for dense optimizers
    double sparsity = 0;      ///< share of zeros among the counted parameters, after the step
    double gradient_norm = 0; ///< before clipping, over all parameters
    bool refused = false;     ///< the gradient was not finite: nothing changed
};

} // namespace speaker_verification
