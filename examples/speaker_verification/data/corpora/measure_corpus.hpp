#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "speaker_verification/data/corpora/corpus.hpp"

namespace speaker_verification {

/// Fills in how long the given recordings of a corpus are: by their headers, or `decode`d whole, which also
/// finds files that are cut off. What cannot be used gets a problem, and so does a recording without a
/// sample. `watch(done)` is called as by parallel_for.
void measure_recordings(corpus& from, const std::vector<std::size_t>& which, bool decode, int threads,
                        const std::function<void(std::size_t)>& watch);

/// Joins recordings of one speaker and genre that are shorter than `samples` to at least that, in their
/// order; what is left over goes to the speaker's and genre's last. A joined recording takes the path of its
/// first with "+n" for n others, and is as long as all of them. Only usable recordings that may train and
/// have a genre are joined.
std::vector<recording> join_short(const std::vector<recording>& recordings, std::int64_t samples);

} // namespace speaker_verification
