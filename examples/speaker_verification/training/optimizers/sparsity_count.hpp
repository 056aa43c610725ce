#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

namespace speaker_verification {

/// How many trainable numbers there are, how many are not zero, and what they weigh.
struct sparsity_count {
    std::int64_t parameters = 0, nonzeros = 0;
    std::int64_t regularised = 0, regularised_nonzeros = 0;   ///< convolutions, linear layers, head
    std::int64_t counted = 0, counted_nonzeros = 0;           ///< what the run's s and target are about
    std::int64_t without_head = 0, without_head_nonzeros = 0; ///< the network that is deployed
    std::int64_t dense_bytes = 0, bitmap_bytes = 0,
                 csr_bytes = 0;    ///< all tensors so: see tensor_encoding.hpp
    std::int64_t sparse_bytes = 0; ///< each tensor in its smallest encoding, as `export` writes it

    double sparsity() const { return share(nonzeros, parameters); }
    double sparsity_of_regularised() const { return share(regularised_nonzeros, regularised); }
    double sparsity_of_counted() const { return share(counted_nonzeros, counted); }
    double sparsity_without_head() const { return share(without_head_nonzeros, without_head); }

  private:
    static double share(std::int64_t nonzeros, std::int64_t all) {
        return all == 0 ? 0 : 1 - double(nonzeros) / double(all);
    }
};

/// Counts the parameters of a network that has its classifier head registered. `chosen` says what is part of
/// s: by default all of them.
sparsity_count count_sparsity(const torch::nn::Module& network, const sparsity_settings& chosen = {});

nlohmann::json json_of(const sparsity_count& count);

} // namespace speaker_verification
