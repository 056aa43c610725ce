#include "speaker_verification/model/memory.hpp"

#include <cstdlib> // defines __GLIBC__ where it is the C library

#ifdef __GLIBC__
#include <limits>
#include <malloc.h>
#endif

namespace speaker_verification {

void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int largest_threshold = 32 << 20; // glibc refuses more
    mallopt(M_MMAP_THRESHOLD, largest_threshold);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

} // namespace speaker_verification
