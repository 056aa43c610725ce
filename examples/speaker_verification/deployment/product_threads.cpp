#include "speaker_verification/deployment/product_threads.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace speaker_verification {

void use_product_threads([[maybe_unused]] int threads) {
#if defined(_OPENMP)
    omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs());
#endif
}

} // namespace speaker_verification
