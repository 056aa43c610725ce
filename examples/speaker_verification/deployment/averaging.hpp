#pragma once
#include "speaker_verification/training/checkpoints/checkpoint.hpp"

#include <filesystem>
#include <vector>

namespace speaker_verification {

/// Sparsities over all trainable numbers of an averaged network.
struct averaged_sparsity {
    double last = 0;   ///< of the network that keeps its support
    double united = 0; ///< of the plain average, which has every support of its parts
    double kept = 0;   ///< of the average on the last network's support alone
};

/// Replaces every floating-point tensor of `last` by the average over itself and the networks in `others`,
/// running statistics included. Training's zeros move: a plain average unites the supports and misses the
/// target, so trainable numbers that are zero in `last` stay zero.
///
/// Throws std::runtime_error with one sentence when a checkpoint cannot be read or is of another network.
averaged_sparsity average_networks(trained_network& last, const std::vector<std::filesystem::path>& others);

} // namespace speaker_verification
