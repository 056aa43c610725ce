#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

namespace speaker_verification {

/// How many trainable numbers there are, how many are not zero (|x| > 1e-12), and what they weigh.
struct sparsity_count {
    std::int64_t parameters = 0, nonzeros = 0;
    std::int64_t regularised = 0, regularised_nonzeros = 0;   ///< convolutions, linear layers, head
    std::int64_t without_head = 0, without_head_nonzeros = 0; ///< the network that is deployed
    std::int64_t dense_bytes = 0;                             ///< float32
    std::int64_t bitmap_bytes = 0;                            ///< one bit a number, and the non-zeros
    std::int64_t csr_bytes = 0; ///< non-zeros with 32-bit columns, and 32-bit row starts; a tensor's rows are
                                ///< its first dimension

    double sparsity() const { return share(nonzeros, parameters); }
    double sparsity_of_regularised() const { return share(regularised_nonzeros, regularised); }
    double sparsity_without_head() const { return share(without_head_nonzeros, without_head); }
    std::int64_t sparse_bytes() const { return bitmap_bytes < csr_bytes ? bitmap_bytes : csr_bytes; }

  private:
    static double share(std::int64_t nonzeros, std::int64_t all) {
        return all == 0 ? 0 : 1 - double(nonzeros) / double(all);
    }
};

/// Counts the parameters of a network that has its classifier head registered.
sparsity_count count_sparsity(const torch::nn::Module& network);

nlohmann::json json_of(const sparsity_count& count);

} // namespace speaker_verification
