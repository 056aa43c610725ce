#pragma once

namespace speaker_verification {

/// How many threads the layers of an embedding network use in calls from this thread; 0: one for each processor. Does
/// nothing where the programs were built without OpenMP.
void use_product_threads(int threads);

} // namespace speaker_verification
