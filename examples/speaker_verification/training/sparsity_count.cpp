#include "speaker_verification/training/sparsity_count.hpp"

#include "speaker_verification/model/parameter_roles.hpp"

namespace speaker_verification {

namespace {

bool is_regularised(parameter_role role) {
    return role == parameter_role::convolution_weight || role == parameter_role::linear_weight ||
           role == parameter_role::head_weight;
}

} // namespace

sparsity_count count_sparsity(const torch::nn::Module& network) {
    constexpr double zero = 1e-12;
    constexpr std::int64_t value_bytes = 4, index_bytes = 4;
    sparsity_count count;
    for (const auto& parameter : classify_parameters(network)) {
        const auto size = parameter.tensor.numel();
        const auto nonzeros = parameter.tensor.detach().abs().gt(zero).sum().item<std::int64_t>();
        count.parameters += size;
        count.nonzeros += nonzeros;
        if (is_regularised(parameter.role)) {
            count.regularised += size;
            count.regularised_nonzeros += nonzeros;
        }
        if (parameter.role != parameter_role::head_weight) {
            count.without_head += size;
            count.without_head_nonzeros += nonzeros;
        }
        count.dense_bytes += value_bytes * size;
        count.bitmap_bytes += value_bytes * nonzeros + (size + 7) / 8;
        count.csr_bytes +=
            (value_bytes + index_bytes) * nonzeros + index_bytes * (parameter.tensor.size(0) + 1);
    }
    return count;
}

nlohmann::json json_of(const sparsity_count& count) {
    return {
        {"parameters", count.parameters},
        {"nonzeros", count.nonzeros},
        {"sparsity", count.sparsity()},
        {"sparsity_of_regularised", count.sparsity_of_regularised()},
        {"sparsity_without_head", count.sparsity_without_head()},
        {"bytes", {{"dense", count.dense_bytes}, {"bitmap", count.bitmap_bytes}, {"csr", count.csr_bytes}}}};
}

} // namespace speaker_verification
