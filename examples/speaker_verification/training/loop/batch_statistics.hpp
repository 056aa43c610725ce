#pragma once
#include "speaker_verification/training/loop/batches.hpp"
#include "speaker_verification/training/loop/network.hpp"

#include <cstdint>

namespace speaker_verification {

/// Replaces the running statistics of every batch normalisation by plain averages over the `count` batches up
/// to step `last`, with the weights as they are now.
///
/// The usual moving average lags behind weights that still move. A sparse network has channels that are
/// constant, with a variance of 0: there the lag of the mean is divided by sqrt(1e-5) and a network that has
/// learned well is evaluated as noise. What training computes does not depend on these statistics.
void measure_batch_statistics(const speaker_network& network, const batch_maker& batches, std::int64_t last,
                              std::int64_t count);

} // namespace speaker_verification
