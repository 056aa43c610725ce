#pragma once

#include <cstddef>
#include <functional>

namespace speaker_verification {

/// Calls work(i) for i = 0..count-1 from `threads` threads, or as many as can be made, in no fixed order. While they work, `watch(done)`
/// is called from this thread every tenth of a second. The first exception stops the rest and is rethrown
/// here.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& watch = {});

} // namespace speaker_verification
