#pragma once

#include "files.hpp"
#include "sparse_networks.hpp"

namespace bench {

/// Adds rows {network, channels, tensor, rows, cols, sparsity, by, ms} for some of the network's matrices times 298 columns,
/// one thread: our sparse and dense products, Eigen's sparse ones, LibTorch's, and libxsmm's sparse one where it is installed.
void measure_products(const network_case& which, const speaker_verification::speaker_model& model, bool quick,
                      json& rows);

} // namespace bench
